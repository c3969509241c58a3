# Kassens tekster. Opbygning og grænser: se en.ftl.

-other-way = Tag betaling på en anden måde.
-support = Ring til support, hvis det sker igen.
-customer-other-way = Betal på en anden måde, eller spørg personalet.
-customer-nothing = Der er ikke trukket penge.

# States

state-starting =
    .cashier = Betalingen på { $amount } startes. Vent lidt.
    .customer = Betalingen startes. Vent lidt.
state-waiting-for-scan =
    .cashier = Scan kundens kode. At betale: { $amount }.
    .customer = Vis din betalingskode til læseren. At betale: { $amount }.
state-waiting-for-customer =
    .cashier = Venter på, at kunden godkender { $amount } på mobilen.
    .customer = Godkend { $amount } på mobilen.
state-completing =
    .cashier = Betalingen på { $amount } gennemføres. Vent med at udlevere varerne.
    .customer = Din betaling gennemføres. Vent lidt.
state-cancelling =
    .cashier = Betalingen annulleres. Vent, til det er bekræftet, før du starter en ny.
    .customer = Betalingen annulleres. Vent lidt.
state-unknown =
    .cashier = Uvist, om kunden har betalt. Udlever ikke varerne som betalt, og tag ikke betaling igen. Kontrollen fortsætter af sig selv.
    .customer = Din betaling kontrolleres. Vent, og betal ikke igen.
state-needs-decision =
    .cashier = Betalingen venter på din beslutning. Vælg, hvordan du vil fortsætte.
    .customer = Vent på personalet. Betal ikke igen.
state-paid =
    .cashier = Betalt: { $paid }.
    .customer = Tak! { $paid } er betalt.
state-declined =
    .cashier = Ikke betalt: betalingen blev afvist. Bed kunden prøve igen eller betale på en anden måde.
    .customer = Betalingen blev afvist. { -customer-nothing } { -customer-other-way }
state-cancelled =
    .cashier = Annulleret. Der er ikke trukket penge.
    .customer = Betalingen blev annulleret. { -customer-nothing }
state-expired =
    .cashier = Ikke betalt: tiden løb ud. Start forfra, hvis kunden stadig vil betale.
    .customer = Tiden løb ud. { -customer-nothing }
state-failed =
    .cashier = Ikke betalt: betalingen mislykkedes, og der er ikke trukket penge. Prøv igen, eller tag betaling på en anden måde.
    .customer = Betalingen mislykkedes. { -customer-nothing } { -customer-other-way }
state-refunded =
    .cashier = Kunden har fået pengene tilbage. Købet er ikke betalt.
    .customer = Du har fået pengene tilbage. Købet er ikke betalt.
state-closed-by-hand =
    .cashier = Afsluttet manuelt. Kontrollér betalingen i betalingstjenestens rapport.
    .customer = Personalet har afsluttet betalingen.

# Prompts

prompt-scan =
    .cashier = Scan koden på kundens mobil. At betale: { $amount }.
    .customer = Vis koden på mobilen til læseren. At betale: { $amount }.
prompt-show-qr =
    .cashier = Bed kunden scanne QR-koden på skærmen og godkende { $amount }.
    .customer = Scan QR-koden med mobilen, og godkend { $amount }.
prompt-print-qr =
    .cashier = Giv kunden den udskrevne QR-kode til at scanne. At betale: { $amount }.
    .customer = Scan den udskrevne QR-kode med mobilen, og godkend { $amount }.
prompt-use-plate =
    .cashier = Bed kunden holde mobilen hen til betalingspladen og godkende { $amount }.
    .customer = Hold mobilen hen til betalingspladen, og godkend { $amount }.
prompt-check-phone =
    .cashier = Betalingsanmodningen er på kundens mobil. Bed kunden godkende { $amount }.
    .customer = Åbn betalingsappen på mobilen, og godkend { $amount }.
prompt-wait =
    .cashier = Et øjeblik: betalingen på { $amount } er i gang.
    .customer = Et øjeblik.

# Reasons: what people did

reason-customer-rejected = kunden sagde nej
    .cashier = Ikke betalt: kunden afviste betalingen. Spørg, hvordan kunden vil betale.
    .customer = Du afviste betalingen. { -customer-nothing }
reason-window-closed = tiden løb ud
    .cashier = Ikke betalt: tiden løb ud. Start forfra, hvis kunden stadig vil betale.
    .customer = Tiden løb ud. { -customer-nothing } Bed personalet starte forfra.
reason-cancelled-at-till = annulleret ved kassen
    .cashier = Annulleret ved kassen. Der er ikke trukket penge.
    .customer = Betalingen blev annulleret. { -customer-nothing }
reason-cancelled-at-provider = annulleret af betalingstjenesten
    .cashier = Ikke betalt: betalingstjenesten annullerede betalingen. Prøv igen, eller tag betaling på en anden måde.
    .customer = Betalingen blev annulleret. { -customer-nothing } { -customer-other-way }
reason-customer-not-eligible = ikke tilladt for kunden
    .cashier = Ikke betalt: kunden kan ikke betale dette køb på denne måde. { -other-way }
    .customer = Du kan ikke betale dette køb på denne måde. { -customer-other-way }
reason-funds-released = reservationen er frigivet
    .cashier = Ikke betalt: de reserverede penge er frigivet til kunden. Tag en ny betaling.
    .customer = De reserverede penge er frigivet til dig. Betal igen.
reason-late-approval = godkendt efter annulleringen
    .cashier = Kunden godkendte { $amount } efter annulleringen. Vælg: behold betalingen, eller giv pengene tilbage.
    .customer = Din godkendelse kom, efter at betalingen var annulleret. Vent på personalet.
reason-found-after-restart = fundet efter genstart
    .cashier = { $paid } blev betalt, før kassen startede igen. Refunder, eller slå købet ind; tag ikke betaling igen.
    .customer = Din betaling på { $paid } er kommet frem. Vent på personalet, og betal ikke igen.
reason-closed-as-paid = afsluttet manuelt som betalt
    .cashier = Afsluttet manuelt som betalt: { $amount }. Kontrollér i betalingstjenestens rapport.
    .customer = Personalet har registreret din betaling på { $amount }.
reason-closed-as-not-paid = afsluttet manuelt som ikke betalt
    .cashier = Afsluttet manuelt som ikke betalt. Giv pengene tilbage, hvis kunden alligevel blev trukket.
    .customer = Betalingen blev afsluttet som ikke betalt. Spørg personalet, hvis du alligevel blev trukket.
reason-capture-refused = pengene kunne ikke trækkes
    .cashier = Kunden godkendte, men pengene kunne ikke trækkes. Bed kunden betale på en anden måde.
    .customer = Din betaling kunne ikke trækkes. Tal med personalet.
reason-part-already-refunded = en del er allerede refunderet
    .cashier = En del af betalingen er allerede refunderet. Kontrollér beløbet, før du fortsætter.
    .customer = En del af betalingen er allerede refunderet.

# Reasons: passing troubles

reason-network-down = intet netværk
    .cashier = Ikke betalt: intet netværk. Kontrollér forbindelsen, og prøv igen, eller tag betaling på en anden måde.
    .customer = Ingen forbindelse lige nu. { -customer-nothing } { -customer-other-way }
reason-no-answer = intet svar
    .cashier = Ikke betalt: betalingstjenesten svarede ikke. Prøv igen, eller tag betaling på en anden måde.
    .customer = Betalingstjenesten svarede ikke. { -customer-nothing } { -customer-other-way }
reason-provider-busy = betalingstjenesten er overbelastet
    .cashier = Ikke betalt: betalingstjenesten er overbelastet. Vent lidt, og prøv igen.
    .customer = Betalingstjenesten er overbelastet. { -customer-nothing } Prøv snart igen, eller betal på en anden måde.
reason-provider-error = fejl hos betalingstjenesten
    .cashier = Ikke betalt: fejl hos betalingstjenesten. Prøv igen, eller tag betaling på en anden måde.
    .customer = Betalingstjenesten virker ikke. { -customer-nothing } { -customer-other-way }
reason-answer-mismatch = svaret passer ikke til købet
    .cashier = Ikke betalt: svaret fra betalingstjenesten passer ikke til købet. Prøv igen. { -support }
    .customer = Betalingen gik ikke igennem. { -customer-other-way }
reason-storage-failed = kassen kan ikke gemme
    .cashier = Ikke betalt: kassen kan ikke gemme betalinger. { -other-way } Ring til support.
    .customer = Denne betalingsmåde virker ikke her lige nu. { -customer-other-way }

# Reasons: the shop's setup

reason-credentials-rejected = kassens login blev afvist
    .cashier = Ikke betalt: betalingstjenesten afviste kassens login. { -other-way } Ring til support.
    .customer = Denne betalingsmåde virker ikke her lige nu. { -customer-other-way }
reason-permission-missing = butikken mangler en tilladelse
    .cashier = Ikke betalt: butikken mangler en tilladelse hos betalingstjenesten. { -other-way } Ring til support.
    .customer = Denne betalingsmåde virker ikke her lige nu. { -customer-other-way }
reason-push-not-allowed = anmodning til mobil er ikke tilladt
    .cashier = Ikke betalt: butikken må ikke sende anmodninger til mobiler. Brug QR-koden, eller ring til support.
    .customer = Anmodningen kunne ikke sendes til din mobil. { -customer-other-way }
reason-currency-not-allowed = valutaen er ikke tilladt
    .cashier = Ikke betalt: butikken kan ikke modtage denne valuta på denne måde. { -other-way } Ring til support.
    .customer = Du kan ikke betale med denne valuta på denne måde. { -customer-other-way }
reason-merchant-setup = butikkens opsætning er ikke klar
    .cashier = Ikke betalt: butikkens opsætning hos betalingstjenesten er ikke klar. { -other-way } Ring til support.
    .customer = Denne betalingsmåde virker ikke her lige nu. { -customer-other-way }

# Reasons: what was asked for

reason-amount-too-small = beløbet er for lille
    .cashier = Ikke betalt: { $amount } er for lidt til denne betalingsmåde. { -other-way }
    .customer = Beløbet er for lille til denne betalingsmåde. { -customer-other-way }
reason-amount-invalid = beløbet blev ikke godtaget
    .cashier = Ikke betalt: beløbet { $amount } blev ikke godtaget. Kontrollér det, og prøv igen.
    .customer = Beløbet blev ikke godtaget. { -customer-other-way }
reason-phone-invalid = mobilnummeret virker ikke
    .cashier = Ikke betalt: mobilnummeret virker ikke. Kontrollér det med kunden, og prøv igen.
    .customer = Mobilnummeret virker ikke. Kontrollér nummeret.
reason-scan-again = koden blev ikke godtaget
    .cashier = Koden blev ikke godtaget. Bed kunden hente en ny kode, og scan igen.
    .customer = Koden blev ikke godtaget. Vis en ny kode.
reason-request-refused = anmodningen blev afvist
    .cashier = Ikke betalt: betalingstjenesten afviste anmodningen. { -other-way } { -support }
    .customer = Betalingen blev ikke godtaget. { -customer-other-way }
reason-partial-not-allowed = kun hele beløbet kan bruges
    .cashier = Kun hele beløbet kan betales på denne måde. Indtast hele beløbet, eller brug en anden betalingsmåde.
    .customer = Kun hele beløbet kan betales på denne måde. { -customer-other-way }
reason-wrong-state = ikke muligt nu
    .cashier = Det kan ikke gøres med betalingen nu. Se, hvordan betalingen står, og prøv så igen.
    .customer = Det kan ikke lade sig gøre nu. Spørg personalet.
reason-reference-unknown = betalingen findes ikke
    .cashier = Betalingstjenesten kender ikke betalingen. Kontrollér nummeret, og prøv igen.
    .customer = Betalingen blev ikke fundet. Spørg personalet.
reason-capture-period-over = for sent at trække pengene
    .cashier = Det er for sent at trække pengene for denne betaling. Tag en ny betaling.
    .customer = Det er for sent at trække din betaling. Spørg personalet.
reason-cancel-period-over = for sent at annullere
    .cashier = Det er for sent at annullere betalingen. Refunder den, hvis den er betalt.
    .customer = Det er for sent at annullere betalingen. Spørg personalet.
reason-refund-period-over = for sent at refundere
    .cashier = Det er for sent at refundere på denne måde. Giv pengene tilbage på en anden måde.
    .customer = Det er for sent at refundere på denne måde. Personalet hjælper dig.
reason-refund-too-large = mere end der er tilbage
    .cashier = Refunderingen er større end det, der er tilbage af betalingen. Kontrollér beløbet.
    .customer = Refunderingen er større end det, der er tilbage. Personalet hjælper dig.
reason-nothing-to-refund = intet at refundere
    .cashier = Der er intet at refundere på denne betaling. Kontrollér, at det er den rigtige.
    .customer = Der er intet at refundere på denne betaling.
reason-customer-account-gone = kundens konto findes ikke længere
    .cashier = Kundens konto findes ikke længere. Giv pengene tilbage på en anden måde.
    .customer = Din konto findes ikke længere. Personalet hjælper dig.
reason-already-cancelled = allerede annulleret
    .cashier = Betalingen er allerede annulleret, og der er ikke trukket penge.
    .customer = Betalingen er allerede annulleret. { -customer-nothing }

# Special cases

needs-decision-unknown =
    .cashier = Uvist, om kunden har betalt. Se på kundens mobil eller i betalingstjenestens rapport, og vælg: betalt eller ikke betalt.
    .customer = Vent på personalet. Betal ikke igen.
completing-approved =
    .cashier = Godkendt: { $amount }. Du kan udlevere varerne; resten sker af sig selv.
    .customer = Tak! { $amount } er godkendt.
paid-part =
    .cashier = Betalt: { $paid } af { $amount }. Tag betaling for resten, { $rest }, på en anden måde.
    .customer = Tak! { $paid } er betalt. Mangler at betale: { $rest }.
paid-partly-refunded =
    .cashier = Betalt: { $paid }. Heraf refunderet: { $refunded }.
    .customer = { $paid } er betalt, { $refunded } er refunderet.

# Refunds

refund-under-way =
    .cashier = { $amount } refunderes til kunden. Vent lidt.
    .customer = { $amount } refunderes til dig. Vent lidt.
refund-unknown =
    .cashier = Uvist, om kunden har fået { $amount } tilbage. Refunder ikke igen, og giv ikke kontanter. Kontrollen fortsætter af sig selv.
    .customer = Din refundering kontrolleres. Vent lidt.
refund-needs-decision =
    .cashier = Refunderingen på { $amount } venter på din beslutning. Vælg, hvordan du vil fortsætte.
    .customer = Vent på personalet.
refund-refunded =
    .cashier = { $amount } er refunderet til kunden.
    .customer = { $amount } er refunderet til dig.
refund-failed =
    .cashier = Ikke refunderet: kunden har ikke fået pengene tilbage. Prøv igen, eller giv dem tilbage på en anden måde.
    .customer = Refunderingen gik ikke igennem. Personalet hjælper dig.
refund-closed =
    .cashier = Refunderingen blev afsluttet manuelt. Kontrollér den i betalingstjenestens rapport.
    .customer = Personalet har afsluttet refunderingen.
refund-closed-as-made =
    .cashier = Refunderingen på { $amount } blev afsluttet manuelt som udført. Kontrollér den i betalingstjenestens rapport.
    .customer = Personalet har registreret din refundering på { $amount }.
refund-closed-as-not-made =
    .cashier = Refunderingen blev afsluttet manuelt som ikke udført. Kunden har stadig { $amount } til gode.
    .customer = Refunderingen blev afsluttet som ikke udført. Personalet hjælper dig.

# Sentences with a cause

with-cause = { $text } Årsag: { $cause }.
with-problem = { $text } Problem: { $cause }.
unknown-because = Uvist, om kunden har betalt ({ $cause }). Udlever ikke varerne som betalt, og tag ikke betaling igen. Kontrollen fortsætter af sig selv.
refund-unknown-because = Uvist, om kunden har fået pengene tilbage ({ $cause }). Refunder ikke igen, og giv ikke kontanter. Kontrollen fortsætter af sig selv.
refund-failed-because = Ikke refunderet: { $cause }. Kunden har ikke fået pengene tilbage.
refund-failed-passing = Ikke refunderet: { $cause }. Prøv igen om lidt, eller giv pengene tilbage på en anden måde.
refund-failed-setup = Ikke refunderet: { $cause }. Giv pengene tilbage på en anden måde, og ring til support.

# Choices

choice-retry = Prøv igen
choice-cancel = Annuller betalingen
choice-refund = Giv pengene tilbage
choice-ring-up = Slå købet ind
choice-keep = Behold betalingen
choice-force-paid = Afslut som betalt
choice-force-not-paid = Afslut som ikke betalt
