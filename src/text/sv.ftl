# Kassans texter. Uppbyggnad och gränser: se en.ftl.

-other-way = Ta betalt på annat sätt.
-support = Ring supporten om det händer igen.
-customer-other-way = Betala på annat sätt eller fråga personalen.
-customer-nothing = Inget har dragits.

# States

state-starting =
    .cashier = Betalningen på { $amount } startas. Vänta lite.
    .customer = Betalningen startas. Vänta lite.
state-waiting-for-scan =
    .cashier = Skanna kundens kod. Att betala: { $amount }.
    .customer = Visa din betalkod för läsaren. Att betala: { $amount }.
state-waiting-for-customer =
    .cashier = Väntar på att kunden godkänner { $amount } i mobilen.
    .customer = Godkänn { $amount } i mobilen.
state-completing =
    .cashier = Betalningen på { $amount } slutförs. Vänta med att lämna ut varorna.
    .customer = Din betalning slutförs. Vänta lite.
state-cancelling =
    .cashier = Betalningen avbryts. Vänta på besked innan du startar en ny.
    .customer = Betalningen avbryts. Vänta lite.
state-unknown =
    .cashier = Oklart om kunden har betalat. Lämna inte ut varorna som betalda och ta inte betalt igen. Kontrollen fortsätter av sig själv.
    .customer = Din betalning kontrolleras. Vänta och betala inte igen.
state-needs-decision =
    .cashier = Betalningen väntar på ditt beslut. Välj hur du går vidare.
    .customer = Vänta på personalen. Betala inte igen.
state-paid =
    .cashier = Betalt: { $paid }.
    .customer = Tack! { $paid } betalt.
state-declined =
    .cashier = Inte betalt: betalningen nekades. Be kunden försöka igen eller betala på annat sätt.
    .customer = Betalningen nekades. { -customer-nothing } { -customer-other-way }
state-cancelled =
    .cashier = Avbruten. Inget har dragits från kunden.
    .customer = Betalningen avbröts. { -customer-nothing }
state-expired =
    .cashier = Inte betalt: tiden gick ut. Börja om ifall kunden fortfarande vill betala.
    .customer = Tiden gick ut. { -customer-nothing }
state-failed =
    .cashier = Inte betalt: betalningen misslyckades och inget har dragits. Försök igen eller ta betalt på annat sätt.
    .customer = Betalningen misslyckades. { -customer-nothing } { -customer-other-way }
state-refunded =
    .cashier = Kunden har fått tillbaka pengarna. Köpet är inte betalt.
    .customer = Du har fått tillbaka pengarna. Köpet är inte betalt.
state-closed-by-hand =
    .cashier = Avslutad för hand. Stäm av betalningen mot betaltjänstens rapport.
    .customer = Personalen har avslutat betalningen.

# Prompts

prompt-scan =
    .cashier = Skanna koden i kundens mobil. Att betala: { $amount }.
    .customer = Visa koden i mobilen för läsaren. Att betala: { $amount }.
prompt-show-qr =
    .cashier = Be kunden skanna QR-koden på skärmen och godkänna { $amount }.
    .customer = Skanna QR-koden med mobilen och godkänn { $amount }.
prompt-print-qr =
    .cashier = Ge kunden den utskrivna QR-koden att skanna. Att betala: { $amount }.
    .customer = Skanna den utskrivna QR-koden med mobilen och godkänn { $amount }.
prompt-use-plate =
    .cashier = Be kunden hålla mobilen mot betalplattan och godkänna { $amount }.
    .customer = Håll mobilen mot betalplattan och godkänn { $amount }.
prompt-check-phone =
    .cashier = Betalningsbegäran finns i kundens mobil. Be kunden godkänna { $amount }.
    .customer = Öppna betalappen i mobilen och godkänn { $amount }.
prompt-wait =
    .cashier = Ett ögonblick: betalningen på { $amount } pågår.
    .customer = Ett ögonblick.

# Reasons: what people did

reason-customer-rejected = kunden sa nej
    .cashier = Inte betalt: kunden avvisade betalningen. Fråga hur kunden vill betala.
    .customer = Du avvisade betalningen. { -customer-nothing }
reason-window-closed = tiden gick ut
    .cashier = Inte betalt: tiden gick ut. Börja om ifall kunden fortfarande vill betala.
    .customer = Tiden gick ut. { -customer-nothing } Be personalen börja om.
reason-cancelled-at-till = avbruten i kassan
    .cashier = Avbruten i kassan. Inget har dragits från kunden.
    .customer = Betalningen avbröts. { -customer-nothing }
reason-cancelled-at-provider = avbruten av betaltjänsten
    .cashier = Inte betalt: betaltjänsten avbröt betalningen. Försök igen eller ta betalt på annat sätt.
    .customer = Betalningen avbröts. { -customer-nothing } { -customer-other-way }
reason-customer-not-eligible = inte tillåtet för kunden
    .cashier = Inte betalt: kunden kan inte betala det här köpet på det här sättet. { -other-way }
    .customer = Du kan inte betala det här köpet på det här sättet. { -customer-other-way }
reason-funds-released = reservationen har släppts
    .cashier = Inte betalt: de reserverade pengarna har gått tillbaka till kunden. Ta betalt på nytt.
    .customer = De reserverade pengarna har gått tillbaka till dig. Betala igen.
reason-late-approval = godkänd efter avbrottet
    .cashier = Kunden godkände { $amount } efter att betalningen avbrutits. Välj: behåll betalningen eller ge tillbaka pengarna.
    .customer = Ditt godkännande kom efter att betalningen avbrutits. Vänta på personalen.
reason-found-after-restart = hittad efter omstart
    .cashier = { $paid } betalades innan kassan startade om. Återbetala eller slå in köpet; ta inte betalt igen.
    .customer = Din betalning på { $paid } har kommit fram. Vänta på personalen och betala inte igen.
reason-closed-as-paid = avslutad för hand som betald
    .cashier = Avslutad för hand som betald: { $amount }. Stäm av mot betaltjänstens rapport.
    .customer = Personalen har registrerat din betalning på { $amount }.
reason-closed-as-not-paid = avslutad för hand som obetald
    .cashier = Avslutad för hand som obetald. Ge tillbaka pengarna om det ändå har dragits från kunden.
    .customer = Betalningen avslutades som obetald. Fråga personalen om pengar ändå har dragits.
reason-capture-refused = pengarna kunde inte dras
    .cashier = Kunden godkände, men pengarna kunde inte dras. Be kunden betala på annat sätt.
    .customer = Din betalning kunde inte dras. Prata med personalen.
reason-part-already-refunded = en del är redan återbetald
    .cashier = En del av betalningen är redan återbetald. Kontrollera beloppet innan du går vidare.
    .customer = En del av betalningen är redan återbetald.

# Reasons: passing troubles

reason-network-down = inget nät
    .cashier = Inte betalt: inget nät. Kontrollera anslutningen och försök igen, eller ta betalt på annat sätt.
    .customer = Ingen anslutning just nu. { -customer-nothing } { -customer-other-way }
reason-no-answer = inget svar
    .cashier = Inte betalt: betaltjänsten svarade inte. Försök igen eller ta betalt på annat sätt.
    .customer = Betaltjänsten svarade inte. { -customer-nothing } { -customer-other-way }
reason-provider-busy = betaltjänsten är överbelastad
    .cashier = Inte betalt: betaltjänsten är överbelastad. Vänta lite och försök igen.
    .customer = Betaltjänsten är överbelastad. { -customer-nothing } Försök snart igen eller betala på annat sätt.
reason-provider-error = fel hos betaltjänsten
    .cashier = Inte betalt: fel hos betaltjänsten. Försök igen eller ta betalt på annat sätt.
    .customer = Betaltjänsten fungerar inte. { -customer-nothing } { -customer-other-way }
reason-answer-mismatch = svaret stämmer inte med köpet
    .cashier = Inte betalt: betaltjänstens svar stämmer inte med köpet. Försök igen. { -support }
    .customer = Betalningen gick inte igenom. { -customer-other-way }
reason-storage-failed = kassan kan inte spara
    .cashier = Inte betalt: kassan kan inte spara betalningar. { -other-way } Ring supporten.
    .customer = Betalsättet fungerar inte här just nu. { -customer-other-way }

# Reasons: the shop's setup

reason-credentials-rejected = kassans inloggning nekades
    .cashier = Inte betalt: betaltjänsten nekade kassans inloggning. { -other-way } Ring supporten.
    .customer = Betalsättet fungerar inte här just nu. { -customer-other-way }
reason-permission-missing = butiken saknar behörighet
    .cashier = Inte betalt: butiken saknar behörighet hos betaltjänsten. { -other-way } Ring supporten.
    .customer = Betalsättet fungerar inte här just nu. { -customer-other-way }
reason-push-not-allowed = begäran till mobil inte tillåten
    .cashier = Inte betalt: butiken får inte skicka begäran till mobiler. Använd QR-koden eller ring supporten.
    .customer = Begäran kunde inte skickas till din mobil. { -customer-other-way }
reason-currency-not-allowed = valutan är inte tillåten
    .cashier = Inte betalt: butiken kan inte ta emot den här valutan på det här sättet. { -other-way } Ring supporten.
    .customer = Du kan inte betala med den här valutan på det här sättet. { -customer-other-way }
reason-merchant-setup = butikens inställningar är inte klara
    .cashier = Inte betalt: butikens inställningar hos betaltjänsten är inte klara. { -other-way } Ring supporten.
    .customer = Betalsättet fungerar inte här just nu. { -customer-other-way }

# Reasons: what was asked for

reason-amount-too-small = beloppet är för litet
    .cashier = Inte betalt: { $amount } är för lite för det här betalsättet. { -other-way }
    .customer = Beloppet är för litet för det här betalsättet. { -customer-other-way }
reason-amount-invalid = beloppet godtas inte
    .cashier = Inte betalt: beloppet { $amount } godtas inte. Kontrollera det och försök igen.
    .customer = Beloppet godtas inte. { -customer-other-way }
reason-phone-invalid = mobilnumret fungerar inte
    .cashier = Inte betalt: mobilnumret fungerar inte. Kontrollera det med kunden och försök igen.
    .customer = Mobilnumret fungerar inte. Kontrollera numret.
reason-scan-again = koden godtas inte
    .cashier = Koden godtas inte. Be kunden ta fram en ny kod och skanna igen.
    .customer = Koden godtas inte. Visa en ny kod.
reason-request-refused = begäran nekades
    .cashier = Inte betalt: betaltjänsten nekade begäran. { -other-way } { -support }
    .customer = Betalningen godtogs inte. { -customer-other-way }
reason-partial-not-allowed = bara hela beloppet går
    .cashier = Bara hela beloppet går att betala på det här sättet. Ange hela beloppet eller använd ett annat betalsätt.
    .customer = Bara hela beloppet går att betala på det här sättet. { -customer-other-way }
reason-wrong-state = inte möjligt nu
    .cashier = Det går inte att göra med betalningen nu. Se hur det står till med den och försök sedan igen.
    .customer = Det går inte nu. Fråga personalen.
reason-reference-unknown = betalningen hittas inte
    .cashier = Betaltjänsten känner inte till betalningen. Kontrollera numret och försök igen.
    .customer = Betalningen hittades inte. Fråga personalen.
reason-capture-period-over = för sent att dra pengarna
    .cashier = Det är för sent att dra pengarna för betalningen. Ta betalt på nytt.
    .customer = Det är för sent att dra din betalning. Fråga personalen.
reason-cancel-period-over = för sent att avbryta
    .cashier = Det är för sent att avbryta betalningen. Om den är betald, återbetala den.
    .customer = Det är för sent att avbryta betalningen. Fråga personalen.
reason-refund-period-over = för sent att återbetala
    .cashier = Det är för sent att återbetala på det här sättet. Ge tillbaka pengarna på annat sätt.
    .customer = Det är för sent att återbetala på det här sättet. Personalen hjälper dig.
reason-refund-too-large = mer än vad som är kvar
    .cashier = Återbetalningen är större än vad som är kvar av betalningen. Kontrollera beloppet.
    .customer = Återbetalningen är större än vad som är kvar. Personalen hjälper dig.
reason-nothing-to-refund = inget att återbetala
    .cashier = Det finns inget att återbetala. Kontrollera att det är rätt betalning.
    .customer = Det finns inget att återbetala.
reason-customer-account-gone = kundens konto finns inte kvar
    .cashier = Kundens konto finns inte kvar. Ge tillbaka pengarna på annat sätt.
    .customer = Ditt konto finns inte kvar. Personalen hjälper dig.
reason-already-cancelled = redan avbruten
    .cashier = Betalningen är redan avbruten och inget har dragits.
    .customer = Betalningen är redan avbruten. { -customer-nothing }

# Special cases

needs-decision-unknown =
    .cashier = Oklart om kunden har betalat. Kontrollera kundens mobil eller betaltjänstens rapport och välj: betald eller obetald.
    .customer = Vänta på personalen. Betala inte igen.
completing-approved =
    .cashier = Godkänt: { $amount }. Du kan lämna ut varorna; resten sköter sig självt.
    .customer = Tack! { $amount } godkänt.
paid-part =
    .cashier = Betalt: { $paid } av { $amount }. Ta betalt för resten, { $rest }, på annat sätt.
    .customer = Tack! { $paid } betalt. Kvar att betala: { $rest }.
paid-partly-refunded =
    .cashier = Betalt: { $paid }. Varav återbetalt: { $refunded }.
    .customer = { $paid } betalt, { $refunded } återbetalt.

# Refunds

refund-under-way =
    .cashier = { $amount } återbetalas till kunden. Vänta lite.
    .customer = { $amount } återbetalas till dig. Vänta lite.
refund-unknown =
    .cashier = Oklart om kunden har fått tillbaka { $amount }. Återbetala inte igen och ge inga kontanter. Kontrollen fortsätter av sig själv.
    .customer = Din återbetalning kontrolleras. Vänta lite.
refund-needs-decision =
    .cashier = Återbetalningen på { $amount } väntar på ditt beslut. Välj hur du går vidare.
    .customer = Vänta på personalen.
refund-refunded =
    .cashier = { $amount } är återbetalt till kunden.
    .customer = { $amount } är återbetalt till dig.
refund-failed =
    .cashier = Inte återbetalt: kunden har inte fått tillbaka pengarna. Försök igen eller ge tillbaka dem på annat sätt.
    .customer = Återbetalningen gick inte igenom. Personalen hjälper dig.
refund-closed =
    .cashier = Återbetalningen avslutades för hand. Stäm av mot betaltjänstens rapport.
    .customer = Personalen har avslutat återbetalningen.
refund-closed-as-made =
    .cashier = Återbetalningen på { $amount } avslutades för hand som gjord. Stäm av mot betaltjänstens rapport.
    .customer = Personalen har registrerat din återbetalning på { $amount }.
refund-closed-as-not-made =
    .cashier = Återbetalningen avslutades för hand som ogjord. Kunden ska fortfarande ha tillbaka { $amount }.
    .customer = Återbetalningen avslutades som ogjord. Personalen hjälper dig.

# Sentences with a cause

with-cause = { $text } Orsak: { $cause }.
with-problem = { $text } Problem: { $cause }.
unknown-because = Oklart om kunden har betalat ({ $cause }). Lämna inte ut varorna som betalda och ta inte betalt igen. Kontrollen fortsätter av sig själv.
refund-unknown-because = Oklart om kunden har fått tillbaka pengarna ({ $cause }). Återbetala inte igen och ge inga kontanter. Kontrollen fortsätter av sig själv.
refund-failed-because = Inte återbetalt: { $cause }. Kunden har inte fått tillbaka pengarna.
refund-failed-passing = Inte återbetalt: { $cause }. Försök igen om en stund eller ge tillbaka pengarna på annat sätt.
refund-failed-setup = Inte återbetalt: { $cause }. Ge tillbaka pengarna på annat sätt och ring supporten.

# Choices

choice-retry = Försök igen
choice-cancel = Avbryt betalningen
choice-refund = Ge tillbaka pengarna
choice-ring-up = Slå in köpet
choice-keep = Behåll betalningen
choice-force-paid = Avsluta som betald
choice-force-not-paid = Avsluta som obetald
