# Kassens tekster. Oppbygning og grenser: se en.ftl.

-other-way = Ta betalt på en annen måte.
-support = Ring support hvis det skjer igjen.
-customer-other-way = Betal på en annen måte eller spør betjeningen.
-customer-nothing = Du er ikke belastet.

# States

state-starting =
    .cashier = Betalingen på { $amount } startes. Vent litt.
    .customer = Betalingen startes. Vent litt.
state-waiting-for-scan =
    .cashier = Skann kundens kode. Å betale: { $amount }.
    .customer = Vis betalingskoden din til leseren. Å betale: { $amount }.
state-waiting-for-customer =
    .cashier = Venter på at kunden godkjenner { $amount } på mobilen.
    .customer = Godkjenn { $amount } på mobilen.
state-completing =
    .cashier = Betalingen på { $amount } fullføres. Vent med å gi fra deg varene.
    .customer = Betalingen din fullføres. Vent litt.
state-cancelling =
    .cashier = Betalingen avbrytes. Vent til det er bekreftet før du starter en ny.
    .customer = Betalingen avbrytes. Vent litt.
state-unknown =
    .cashier = Uvisst om kunden har betalt. Ikke gi ut varene som betalt, og ikke ta betalt på nytt. Sjekken fortsetter av seg selv.
    .customer = Betalingen din sjekkes. Vent, og ikke betal på nytt.
state-needs-decision =
    .cashier = Betalingen venter på at du bestemmer. Velg hvordan du vil gå videre.
    .customer = Vent på betjeningen. Ikke betal på nytt.
state-paid =
    .cashier = Betalt: { $paid }.
    .customer = Takk! { $paid } er betalt.
state-declined =
    .cashier = Ikke betalt: betalingen ble avvist. Be kunden prøve igjen eller betale på en annen måte.
    .customer = Betalingen ble avvist. { -customer-nothing } { -customer-other-way }
state-cancelled =
    .cashier = Avbrutt. Kunden er ikke belastet.
    .customer = Betalingen ble avbrutt. { -customer-nothing }
state-expired =
    .cashier = Ikke betalt: tiden gikk ut. Start på nytt hvis kunden fortsatt vil betale.
    .customer = Tiden gikk ut. { -customer-nothing }
state-failed =
    .cashier = Ikke betalt: betalingen mislyktes, og kunden er ikke belastet. Prøv igjen eller ta betalt på en annen måte.
    .customer = Betalingen mislyktes. { -customer-nothing } { -customer-other-way }
state-refunded =
    .cashier = Kunden har fått pengene tilbake. Kjøpet er ikke betalt.
    .customer = Du har fått pengene tilbake. Kjøpet er ikke betalt.
state-closed-by-hand =
    .cashier = Avsluttet manuelt. Sjekk betalingen mot rapporten fra betalingstjenesten.
    .customer = Betjeningen har avsluttet betalingen.

# Prompts

prompt-scan =
    .cashier = Skann koden på kundens mobil. Å betale: { $amount }.
    .customer = Vis koden på mobilen til leseren. Å betale: { $amount }.
prompt-show-qr =
    .cashier = Be kunden skanne QR-koden på skjermen og godkjenne { $amount }.
    .customer = Skann QR-koden med mobilen og godkjenn { $amount }.
prompt-print-qr =
    .cashier = Gi kunden den utskrevne QR-koden å skanne. Å betale: { $amount }.
    .customer = Skann den utskrevne QR-koden med mobilen og godkjenn { $amount }.
prompt-use-plate =
    .cashier = Be kunden holde mobilen inntil betalingsbrikken og godkjenne { $amount }.
    .customer = Hold mobilen inntil betalingsbrikken og godkjenn { $amount }.
prompt-check-phone =
    .cashier = Betalingskravet ligger på kundens mobil. Be kunden godkjenne { $amount }.
    .customer = Åpne betalingsappen på mobilen og godkjenn { $amount }.
prompt-wait =
    .cashier = Et øyeblikk: betalingen på { $amount } er i gang.
    .customer = Et øyeblikk.

# Reasons: what people did

reason-customer-rejected = kunden sa nei
    .cashier = Ikke betalt: kunden avviste betalingen. Spør hvordan kunden vil betale.
    .customer = Du avviste betalingen. { -customer-nothing }
reason-window-closed = tiden gikk ut
    .cashier = Ikke betalt: tiden gikk ut. Start på nytt hvis kunden fortsatt vil betale.
    .customer = Tiden gikk ut. { -customer-nothing } Be betjeningen starte på nytt.
reason-cancelled-at-till = avbrutt i kassen
    .cashier = Avbrutt i kassen. Kunden er ikke belastet.
    .customer = Betalingen ble avbrutt. { -customer-nothing }
reason-cancelled-at-provider = avbrutt av betalingstjenesten
    .cashier = Ikke betalt: betalingstjenesten avbrøt betalingen. Prøv igjen eller ta betalt på en annen måte.
    .customer = Betalingen ble avbrutt. { -customer-nothing } { -customer-other-way }
reason-customer-not-eligible = ikke tillatt for kunden
    .cashier = Ikke betalt: kunden kan ikke betale dette kjøpet på denne måten. { -other-way }
    .customer = Du kan ikke betale dette kjøpet på denne måten. { -customer-other-way }
reason-funds-released = reservasjonen er frigitt
    .cashier = Ikke betalt: de reserverte pengene er frigitt til kunden. Ta betalt på nytt.
    .customer = De reserverte pengene er frigitt til deg. Betal på nytt.
reason-late-approval = godkjent etter avbrytelsen
    .cashier = Kunden godkjente { $amount } etter at betalingen ble avbrutt. Velg: behold betalingen eller gi pengene tilbake.
    .customer = Godkjenningen din kom etter at betalingen ble avbrutt. Vent på betjeningen.
reason-found-after-restart = funnet etter omstart
    .cashier = { $paid } ble betalt før kassen startet på nytt. Refunder eller slå inn kjøpet; ikke ta betalt på nytt.
    .customer = Betalingen din på { $paid } har kommet fram. Vent på betjeningen, og ikke betal på nytt.
reason-closed-as-paid = avsluttet manuelt som betalt
    .cashier = Avsluttet manuelt som betalt: { $amount }. Sjekk mot rapporten fra betalingstjenesten.
    .customer = Betjeningen har registrert betalingen din på { $amount }.
reason-closed-as-not-paid = avsluttet manuelt som ikke betalt
    .cashier = Avsluttet manuelt som ikke betalt. Gi pengene tilbake hvis kunden likevel ble belastet.
    .customer = Betalingen ble avsluttet som ikke betalt. Spør betjeningen hvis du likevel ble belastet.
reason-capture-refused = pengene kunne ikke trekkes
    .cashier = Kunden godkjente, men pengene kunne ikke trekkes. Be kunden betale på en annen måte.
    .customer = Betalingen din kunne ikke trekkes. Snakk med betjeningen.
reason-part-already-refunded = en del er allerede refundert
    .cashier = En del av betalingen er allerede refundert. Sjekk beløpet før du går videre.
    .customer = En del av betalingen er allerede refundert.

# Reasons: passing troubles

reason-network-down = ikke nett
    .cashier = Ikke betalt: ikke nett. Sjekk forbindelsen og prøv igjen, eller ta betalt på en annen måte.
    .customer = Ingen forbindelse akkurat nå. { -customer-nothing } { -customer-other-way }
reason-no-answer = ikke svar
    .cashier = Ikke betalt: betalingstjenesten svarte ikke. Prøv igjen eller ta betalt på en annen måte.
    .customer = Betalingstjenesten svarte ikke. { -customer-nothing } { -customer-other-way }
reason-provider-busy = betalingstjenesten er overbelastet
    .cashier = Ikke betalt: betalingstjenesten er overbelastet. Vent litt og prøv igjen.
    .customer = Betalingstjenesten er overbelastet. { -customer-nothing } Prøv snart igjen eller betal på en annen måte.
reason-provider-error = feil hos betalingstjenesten
    .cashier = Ikke betalt: feil hos betalingstjenesten. Prøv igjen eller ta betalt på en annen måte.
    .customer = Betalingstjenesten virker ikke. { -customer-nothing } { -customer-other-way }
reason-answer-mismatch = svaret stemmer ikke med kjøpet
    .cashier = Ikke betalt: svaret fra betalingstjenesten stemmer ikke med kjøpet. Prøv igjen. { -support }
    .customer = Betalingen gikk ikke gjennom. { -customer-other-way }
reason-storage-failed = kassen kan ikke lagre
    .cashier = Ikke betalt: kassen kan ikke lagre betalinger. { -other-way } Ring support.
    .customer = Denne betalingsmåten virker ikke her nå. { -customer-other-way }

# Reasons: the shop's setup

reason-credentials-rejected = kassens pålogging ble avvist
    .cashier = Ikke betalt: betalingstjenesten avviste kassens pålogging. { -other-way } Ring support.
    .customer = Denne betalingsmåten virker ikke her nå. { -customer-other-way }
reason-permission-missing = butikken mangler tilgang
    .cashier = Ikke betalt: butikken mangler tilgang hos betalingstjenesten. { -other-way } Ring support.
    .customer = Denne betalingsmåten virker ikke her nå. { -customer-other-way }
reason-push-not-allowed = krav til mobil er ikke tillatt
    .cashier = Ikke betalt: butikken får ikke sende krav til mobiler. Bruk QR-koden eller ring support.
    .customer = Kravet kunne ikke sendes til mobilen din. { -customer-other-way }
reason-currency-not-allowed = valutaen er ikke tillatt
    .cashier = Ikke betalt: butikken kan ikke ta imot denne valutaen på denne måten. { -other-way } Ring support.
    .customer = Du kan ikke betale med denne valutaen på denne måten. { -customer-other-way }
reason-merchant-setup = butikkens oppsett er ikke klart
    .cashier = Ikke betalt: butikkens oppsett hos betalingstjenesten er ikke klart. { -other-way } Ring support.
    .customer = Denne betalingsmåten virker ikke her nå. { -customer-other-way }

# Reasons: what was asked for

reason-amount-too-small = beløpet er for lite
    .cashier = Ikke betalt: { $amount } er for lite for denne betalingsmåten. { -other-way }
    .customer = Beløpet er for lite for denne betalingsmåten. { -customer-other-way }
reason-amount-invalid = beløpet ble ikke godtatt
    .cashier = Ikke betalt: beløpet { $amount } ble ikke godtatt. Sjekk det og prøv igjen.
    .customer = Beløpet ble ikke godtatt. { -customer-other-way }
reason-phone-invalid = mobilnummeret virker ikke
    .cashier = Ikke betalt: mobilnummeret virker ikke. Sjekk det med kunden og prøv igjen.
    .customer = Mobilnummeret virker ikke. Sjekk nummeret.
reason-scan-again = koden ble ikke godtatt
    .cashier = Koden ble ikke godtatt. Be kunden hente en ny kode, og skann igjen.
    .customer = Koden ble ikke godtatt. Vis en ny kode.
reason-request-refused = forespørselen ble avvist
    .cashier = Ikke betalt: betalingstjenesten avviste forespørselen. { -other-way } { -support }
    .customer = Betalingen ble ikke godtatt. { -customer-other-way }
reason-partial-not-allowed = bare hele beløpet går
    .cashier = Bare hele beløpet kan betales på denne måten. Tast inn hele beløpet eller bruk en annen betalingsmåte.
    .customer = Bare hele beløpet kan betales på denne måten. { -customer-other-way }
reason-wrong-state = ikke mulig nå
    .cashier = Dette kan ikke gjøres med betalingen nå. Se hvordan det står til med den, og prøv så igjen.
    .customer = Det går ikke nå. Spør betjeningen.
reason-reference-unknown = betalingen finnes ikke
    .cashier = Betalingstjenesten kjenner ikke denne betalingen. Sjekk nummeret og prøv igjen.
    .customer = Betalingen ble ikke funnet. Spør betjeningen.
reason-capture-period-over = for sent å trekke pengene
    .cashier = Det er for sent å trekke pengene for denne betalingen. Ta betalt på nytt.
    .customer = Det er for sent å trekke betalingen din. Spør betjeningen.
reason-cancel-period-over = for sent å avbryte
    .cashier = Det er for sent å avbryte betalingen. Refunder den hvis den er betalt.
    .customer = Det er for sent å avbryte betalingen. Spør betjeningen.
reason-refund-period-over = for sent å refundere
    .cashier = Det er for sent å refundere på denne måten. Gi pengene tilbake på en annen måte.
    .customer = Det er for sent å refundere på denne måten. Betjeningen hjelper deg.
reason-refund-too-large = mer enn det som er igjen
    .cashier = Refusjonen er større enn det som er igjen av betalingen. Sjekk beløpet.
    .customer = Refusjonen er større enn det som er igjen. Betjeningen hjelper deg.
reason-nothing-to-refund = ingenting å refundere
    .cashier = Det er ingenting å refundere på denne betalingen. Sjekk at det er den riktige.
    .customer = Det er ingenting å refundere på denne betalingen.
reason-customer-account-gone = kundens konto finnes ikke lenger
    .cashier = Kundens konto finnes ikke lenger. Gi pengene tilbake på en annen måte.
    .customer = Kontoen din finnes ikke lenger. Betjeningen hjelper deg.
reason-already-cancelled = allerede avbrutt
    .cashier = Betalingen er allerede avbrutt, og kunden er ikke belastet.
    .customer = Betalingen er allerede avbrutt. { -customer-nothing }

# Special cases

needs-decision-unknown =
    .cashier = Uvisst om kunden har betalt. Sjekk kundens mobil eller rapporten fra betalingstjenesten, og velg: betalt eller ikke betalt.
    .customer = Vent på betjeningen. Ikke betal på nytt.
completing-approved =
    .cashier = Godkjent: { $amount }. Du kan gi kunden varene; resten går av seg selv.
    .customer = Takk! { $amount } er godkjent.
paid-part =
    .cashier = Betalt: { $paid } av { $amount }. Ta betalt for resten, { $rest }, på en annen måte.
    .customer = Takk! { $paid } er betalt. Igjen å betale: { $rest }.
paid-partly-refunded =
    .cashier = Betalt: { $paid }. Av dette refundert: { $refunded }.
    .customer = { $paid } er betalt, { $refunded } er refundert.

# Refunds

refund-under-way =
    .cashier = { $amount } refunderes til kunden. Vent litt.
    .customer = { $amount } refunderes til deg. Vent litt.
refund-unknown =
    .cashier = Uvisst om kunden har fått { $amount } tilbake. Ikke refunder på nytt, og ikke gi kontanter. Sjekken fortsetter av seg selv.
    .customer = Refusjonen din sjekkes. Vent litt.
refund-needs-decision =
    .cashier = Refusjonen på { $amount } venter på at du bestemmer. Velg hvordan du vil gå videre.
    .customer = Vent på betjeningen.
refund-refunded =
    .cashier = { $amount } er refundert til kunden.
    .customer = { $amount } er refundert til deg.
refund-failed =
    .cashier = Ikke refundert: kunden har ikke fått pengene tilbake. Prøv igjen eller gi dem tilbake på en annen måte.
    .customer = Refusjonen gikk ikke gjennom. Betjeningen hjelper deg.
refund-closed =
    .cashier = Refusjonen ble avsluttet manuelt. Sjekk mot rapporten fra betalingstjenesten.
    .customer = Betjeningen har avsluttet refusjonen.
refund-closed-as-made =
    .cashier = Refusjonen på { $amount } ble avsluttet manuelt som utført. Sjekk mot rapporten fra betalingstjenesten.
    .customer = Betjeningen har registrert refusjonen din på { $amount }.
refund-closed-as-not-made =
    .cashier = Refusjonen ble avsluttet manuelt som ikke utført. Kunden skal fortsatt ha { $amount } tilbake.
    .customer = Refusjonen ble avsluttet som ikke utført. Betjeningen hjelper deg.

# Sentences with a cause

with-cause = { $text } Årsak: { $cause }.
with-problem = { $text } Problem: { $cause }.
unknown-because = Uvisst om kunden har betalt ({ $cause }). Ikke gi ut varene som betalt, og ikke ta betalt på nytt. Sjekken fortsetter av seg selv.
refund-unknown-because = Uvisst om kunden har fått pengene tilbake ({ $cause }). Ikke refunder på nytt, og ikke gi kontanter. Sjekken fortsetter av seg selv.
refund-failed-because = Ikke refundert: { $cause }. Kunden har ikke fått pengene tilbake.
refund-failed-passing = Ikke refundert: { $cause }. Prøv igjen om litt, eller gi pengene tilbake på en annen måte.
refund-failed-setup = Ikke refundert: { $cause }. Gi pengene tilbake på en annen måte og ring support.

# Choices

choice-retry = Prøv igjen
choice-cancel = Avbryt betalingen
choice-refund = Gi pengene tilbake
choice-ring-up = Slå inn kjøpet
choice-keep = Behold betalingen
choice-force-paid = Avslutt som betalt
choice-force-not-paid = Avslutt som ikke betalt
