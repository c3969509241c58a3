# Kassan tekstit. Rakenne ja rajoitukset: katso en.ftl.

-other-way = Ota maksu muulla tavalla.
-support = Jos vika toistuu, soita tukeen.
-customer-other-way = Maksa muulla tavalla tai kysy myyjältä.
-customer-nothing = Sinulta ei veloitettu mitään.

# States

state-starting =
    .cashier = Aloitetaan maksu { $amount }. Odota hetki.
    .customer = Maksua aloitetaan. Odota hetki.
state-waiting-for-scan =
    .cashier = Lue asiakkaan koodi. Maksettavaa: { $amount }.
    .customer = Näytä maksukoodisi lukijalle. Maksettavaa: { $amount }.
state-waiting-for-customer =
    .cashier = Odotetaan, että asiakas hyväksyy maksun { $amount } puhelimessa.
    .customer = Hyväksy maksu { $amount } puhelimessasi.
state-completing =
    .cashier = Viimeistellään maksua { $amount }. Odota, ennen kuin luovutat tuotteet.
    .customer = Maksuasi viimeistellään. Odota hetki.
state-cancelling =
    .cashier = Maksua perutaan. Odota varmistusta, ennen kuin aloitat uuden maksun.
    .customer = Maksua perutaan. Odota hetki.
state-unknown =
    .cashier = Ei tiedetä, onko asiakas maksanut. Älä luovuta tuotteita maksettuina äläkä veloita uudelleen. Tarkistus jatkuu itsestään.
    .customer = Maksuasi tarkistetaan. Odota, älä maksa uudelleen.
state-needs-decision =
    .cashier = Tämä maksu odottaa päätöstäsi. Valitse, miten jatketaan.
    .customer = Odota myyjää. Älä maksa uudelleen.
state-paid =
    .cashier = Maksettu: { $paid }.
    .customer = Kiitos! Maksettu { $paid }.
state-declined =
    .cashier = Ei maksettu: maksu hylättiin. Pyydä asiakasta yrittämään uudelleen tai maksamaan muulla tavalla.
    .customer = Maksu hylättiin. { -customer-nothing } { -customer-other-way }
state-cancelled =
    .cashier = Peruttu. Asiakasta ei veloitettu.
    .customer = Maksu peruttiin. { -customer-nothing }
state-expired =
    .cashier = Ei maksettu: aika loppui. Aloita uudelleen, jos asiakas haluaa vielä maksaa.
    .customer = Aika loppui. { -customer-nothing }
state-failed =
    .cashier = Ei maksettu: maksu epäonnistui eikä asiakasta veloitettu. Yritä uudelleen tai ota maksu muulla tavalla.
    .customer = Maksu epäonnistui. { -customer-nothing } { -customer-other-way }
state-refunded =
    .cashier = Rahat on palautettu asiakkaalle. Ostos on maksamatta.
    .customer = Rahasi on palautettu. Ostos on maksamatta.
state-closed-by-hand =
    .cashier = Suljettu käsin. Tarkista maksu maksupalvelun raportista.
    .customer = Myyjä sulki maksun.

# Prompts

prompt-scan =
    .cashier = Lue koodi asiakkaan puhelimesta. Maksettavaa: { $amount }.
    .customer = Näytä puhelimesi koodi lukijalle. Maksettavaa: { $amount }.
prompt-show-qr =
    .cashier = Pyydä asiakasta lukemaan näytön QR-koodi ja hyväksymään maksu { $amount }.
    .customer = Lue QR-koodi puhelimellasi ja hyväksy maksu { $amount }.
prompt-print-qr =
    .cashier = Anna asiakkaalle tulostettu QR-koodi luettavaksi. Maksettavaa: { $amount }.
    .customer = Lue tulostettu QR-koodi puhelimellasi ja hyväksy maksu { $amount }.
prompt-use-plate =
    .cashier = Pyydä asiakasta viemään puhelin maksutarran lähelle ja hyväksymään maksu { $amount }.
    .customer = Vie puhelimesi maksutarran lähelle ja hyväksy maksu { $amount }.
prompt-check-phone =
    .cashier = Maksupyyntö on asiakkaan puhelimessa. Pyydä häntä hyväksymään maksu { $amount }.
    .customer = Avaa maksusovellus puhelimessasi ja hyväksy maksu { $amount }.
prompt-wait =
    .cashier = Hetki vain: maksu { $amount } on kesken.
    .customer = Hetki vain.

# Reasons: what people did

reason-customer-rejected = asiakas hylkäsi maksun
    .cashier = Ei maksettu: asiakas hylkäsi maksun. Kysy, miten hän haluaa maksaa.
    .customer = Hylkäsit maksun. { -customer-nothing }
reason-window-closed = aika loppui
    .cashier = Ei maksettu: aika loppui. Aloita uudelleen, jos asiakas haluaa vielä maksaa.
    .customer = Aika loppui. { -customer-nothing } Pyydä myyjää aloittamaan uudelleen.
reason-cancelled-at-till = peruttu kassalla
    .cashier = Peruttu kassalla. Asiakasta ei veloitettu.
    .customer = Maksu peruttiin. { -customer-nothing }
reason-cancelled-at-provider = maksupalvelu perui maksun
    .cashier = Ei maksettu: maksupalvelu perui maksun. Yritä uudelleen tai ota maksu muulla tavalla.
    .customer = Maksu peruttiin. { -customer-nothing } { -customer-other-way }
reason-customer-not-eligible = ei käy tälle asiakkaalle
    .cashier = Ei maksettu: asiakas ei voi maksaa tätä ostosta tällä tavalla. { -other-way }
    .customer = Et voi maksaa tätä ostosta tällä tavalla. { -customer-other-way }
reason-funds-released = varaus on purettu
    .cashier = Ei maksettu: varatut rahat on vapautettu asiakkaalle. Ota uusi maksu.
    .customer = Varatut rahat on vapautettu sinulle. Maksa uudelleen.
reason-late-approval = hyväksytty perumisen jälkeen
    .cashier = Asiakas hyväksyi maksun { $amount } vasta perumisen jälkeen. Valitse: pidä maksu tai palauta rahat.
    .customer = Hyväksyntäsi tuli vasta maksun perumisen jälkeen. Odota myyjää.
reason-found-after-restart = löytyi uudelleenkäynnistyksen jälkeen
    .cashier = { $paid } maksettiin ennen kassan uudelleenkäynnistystä. Palauta rahat tai kirjaa maksu ostokselle; älä veloita uudelleen.
    .customer = Maksusi { $paid } on saapunut. Odota myyjää, älä maksa uudelleen.
reason-closed-as-paid = suljettu käsin maksettuna
    .cashier = Suljettu käsin maksettuna: { $amount }. Tarkista maksupalvelun raportista.
    .customer = Myyjä kirjasi maksusi { $amount }.
reason-closed-as-not-paid = suljettu käsin maksamattomana
    .cashier = Suljettu käsin maksamattomana. Jos asiakasta sittenkin veloitettiin, palauta rahat.
    .customer = Maksu suljettiin maksamattomana. Jos sinua sittenkin veloitettiin, käänny myyjän puoleen.
reason-capture-refused = rahoja ei saatu veloitettua
    .cashier = Asiakas hyväksyi maksun, mutta rahoja ei saatu veloitettua. Pyydä toista maksutapaa.
    .customer = Maksuasi ei saatu veloitettua. Käänny myyjän puoleen.
reason-part-already-refunded = osa on jo palautettu
    .cashier = Osa tästä maksusta on jo palautettu. Tarkista summa ennen kuin jatkat.
    .customer = Osa tästä maksusta on jo palautettu.

# Reasons: passing troubles

reason-network-down = ei verkkoyhteyttä
    .cashier = Ei maksettu: ei verkkoyhteyttä. Tarkista yhteys ja yritä uudelleen tai ota maksu muulla tavalla.
    .customer = Yhteys ei nyt toimi. { -customer-nothing } { -customer-other-way }
reason-no-answer = ei vastausta
    .cashier = Ei maksettu: maksupalvelu ei vastannut. Yritä uudelleen tai ota maksu muulla tavalla.
    .customer = Maksupalvelu ei vastannut. { -customer-nothing } { -customer-other-way }
reason-provider-busy = maksupalvelu on ruuhkautunut
    .cashier = Ei maksettu: maksupalvelu on ruuhkautunut. Odota hetki ja yritä uudelleen.
    .customer = Maksupalvelu on ruuhkautunut. { -customer-nothing } Yritä pian uudelleen tai maksa muulla tavalla.
reason-provider-error = vika maksupalvelussa
    .cashier = Ei maksettu: maksupalvelussa on vika. Yritä uudelleen tai ota maksu muulla tavalla.
    .customer = Maksupalvelussa on vika. { -customer-nothing } { -customer-other-way }
reason-answer-mismatch = vastaus ei täsmää ostokseen
    .cashier = Ei maksettu: maksupalvelun vastaus ei täsmää ostokseen. Yritä uudelleen. { -support }
    .customer = Maksu ei onnistunut. { -customer-other-way }
reason-storage-failed = kassa ei pysty tallentamaan
    .cashier = Ei maksettu: kassa ei pysty tallentamaan maksuja. { -other-way } Soita tukeen.
    .customer = Tämä maksutapa ei nyt toimi. { -customer-other-way }

# Reasons: the shop's setup

reason-credentials-rejected = kassan tunnuksia ei hyväksytty
    .cashier = Ei maksettu: maksupalvelu ei hyväksynyt kassan tunnuksia. { -other-way } Soita tukeen.
    .customer = Tämä maksutapa ei nyt toimi. { -customer-other-way }
reason-permission-missing = kaupalta puuttuu lupa
    .cashier = Ei maksettu: kaupalta puuttuu lupa maksupalvelussa. { -other-way } Soita tukeen.
    .customer = Tämä maksutapa ei nyt toimi. { -customer-other-way }
reason-push-not-allowed = pyyntöjä puhelimeen ei sallita
    .cashier = Ei maksettu: kauppa ei saa lähettää maksupyyntöjä puhelimeen. Käytä QR-koodia tai soita tukeen.
    .customer = Pyyntöä ei voitu lähettää puhelimeesi. { -customer-other-way }
reason-currency-not-allowed = valuutta ei käy
    .cashier = Ei maksettu: kauppa ei voi ottaa tätä valuuttaa tällä tavalla. { -other-way } Soita tukeen.
    .customer = Tällä valuutalla ei voi maksaa tällä tavalla. { -customer-other-way }
reason-merchant-setup = kaupan asetukset eivät ole kunnossa
    .cashier = Ei maksettu: kaupan asetukset maksupalvelussa eivät ole kunnossa. { -other-way } Soita tukeen.
    .customer = Tämä maksutapa ei nyt toimi. { -customer-other-way }

# Reasons: what was asked for

reason-amount-too-small = summa on liian pieni
    .cashier = Ei maksettu: { $amount } on liian pieni summa tälle maksutavalle. { -other-way }
    .customer = Summa on liian pieni tälle maksutavalle. { -customer-other-way }
reason-amount-invalid = summa ei kelpaa
    .cashier = Ei maksettu: summa { $amount } ei kelpaa. Tarkista se ja yritä uudelleen.
    .customer = Summa ei kelpaa. { -customer-other-way }
reason-phone-invalid = puhelinnumero ei kelpaa
    .cashier = Ei maksettu: puhelinnumero ei kelpaa. Tarkista se asiakkaalta ja yritä uudelleen.
    .customer = Puhelinnumero ei kelpaa. Tarkista numero.
reason-scan-again = koodi ei kelpaa
    .cashier = Koodi ei kelpaa. Pyydä asiakkaalta uusi koodi ja lue se.
    .customer = Koodi ei kelpaa. Näytä uusi koodi.
reason-request-refused = maksupyyntö hylättiin
    .cashier = Ei maksettu: maksupalvelu hylkäsi pyynnön. { -other-way } { -support }
    .customer = Maksua ei hyväksytty. { -customer-other-way }
reason-partial-not-allowed = vain koko summa käy
    .cashier = Vain koko summan voi maksaa tällä tavalla. Syötä koko summa tai käytä muuta maksutapaa.
    .customer = Vain koko summan voi maksaa tällä tavalla. { -customer-other-way }
reason-wrong-state = ei onnistu nyt
    .cashier = Tätä ei voi tehdä maksulle nyt. Katso, missä tilassa maksu on, ja yritä sitten uudelleen.
    .customer = Se ei onnistu nyt. Käänny myyjän puoleen.
reason-reference-unknown = maksua ei löydy
    .cashier = Maksupalvelu ei tunne tätä maksua. Tarkista tunnus ja yritä uudelleen.
    .customer = Maksua ei löytynyt. Käänny myyjän puoleen.
reason-capture-period-over = veloitusaika on ohi
    .cashier = Tätä maksua ei voi enää veloittaa. Ota uusi maksu.
    .customer = Maksuasi ei voi enää veloittaa. Käänny myyjän puoleen.
reason-cancel-period-over = perumisaika on ohi
    .cashier = Tätä maksua ei voi enää perua. Jos se on maksettu, palauta rahat.
    .customer = Tätä maksua ei voi enää perua. Käänny myyjän puoleen.
reason-refund-period-over = palautusaika on ohi
    .cashier = Tätä maksua ei voi enää palauttaa tällä tavalla. Palauta rahat muulla tavalla.
    .customer = Palautus ei enää onnistu tällä tavalla. Myyjä auttaa sinua.
reason-refund-too-large = palautus on liian suuri
    .cashier = Palautus on suurempi kuin maksusta on jäljellä. Tarkista summa.
    .customer = Palautus on suurempi kuin maksusta on jäljellä. Myyjä auttaa sinua.
reason-nothing-to-refund = ei palautettavaa
    .cashier = Tässä maksussa ei ole palautettavaa. Tarkista, että maksu on oikea.
    .customer = Tässä maksussa ei ole palautettavaa.
reason-customer-account-gone = asiakkaan tiliä ei enää ole
    .cashier = Asiakkaan tiliä ei enää ole. Palauta rahat muulla tavalla.
    .customer = Tiliäsi ei enää ole. Myyjä auttaa sinua.
reason-already-cancelled = jo peruttu
    .cashier = Maksu on jo peruttu, eikä asiakasta veloitettu.
    .customer = Maksu on jo peruttu. { -customer-nothing }

# Special cases

needs-decision-unknown =
    .cashier = Ei tiedetä, onko asiakas maksanut. Tarkista asiakkaan puhelimesta tai maksupalvelun raportista ja valitse: maksettu tai ei maksettu.
    .customer = Odota myyjää. Älä maksa uudelleen.
completing-approved =
    .cashier = Hyväksytty: { $amount }. Voit luovuttaa tuotteet; loppu hoituu itsestään.
    .customer = Kiitos! Hyväksytty { $amount }.
paid-part =
    .cashier = Maksettu { $paid }, kun ostos on { $amount }. Ota loput { $rest } muulla tavalla.
    .customer = Kiitos! Maksettu { $paid }. Vielä maksettavaa: { $rest }.
paid-partly-refunded =
    .cashier = Maksettu: { $paid }. Siitä palautettu: { $refunded }.
    .customer = Maksettu { $paid }, palautettu { $refunded }.

# Refunds

refund-under-way =
    .cashier = Asiakkaalle palautetaan { $amount }. Odota hetki.
    .customer = Sinulle palautetaan { $amount }. Odota hetki.
refund-unknown =
    .cashier = Ei tiedetä, onko { $amount } palautettu asiakkaalle. Älä palauta uudelleen äläkä anna käteistä. Tarkistus jatkuu itsestään.
    .customer = Palautustasi tarkistetaan. Odota hetki.
refund-needs-decision =
    .cashier = Palautus { $amount } odottaa päätöstäsi. Valitse, miten jatketaan.
    .customer = Odota myyjää.
refund-refunded =
    .cashier = Asiakkaalle on palautettu { $amount }.
    .customer = Sinulle on palautettu { $amount }.
refund-failed =
    .cashier = Ei palautettu: asiakas ei ole saanut rahoja takaisin. Yritä uudelleen tai palauta muulla tavalla.
    .customer = Palautus ei onnistunut. Myyjä auttaa sinua.
refund-closed =
    .cashier = Palautus suljettiin käsin. Tarkista se maksupalvelun raportista.
    .customer = Myyjä sulki palautuksen.
refund-closed-as-made =
    .cashier = Palautus { $amount } suljettiin käsin tehtynä. Tarkista se maksupalvelun raportista.
    .customer = Myyjä kirjasi palautuksesi { $amount }.
refund-closed-as-not-made =
    .cashier = Palautus suljettiin käsin tekemättömänä. Asiakkaalle on yhä palautettava { $amount }.
    .customer = Palautus suljettiin tekemättömänä. Myyjä auttaa sinua.

# Sentences with a cause

with-cause = { $text } Syy: { $cause }.
with-problem = { $text } Ongelma: { $cause }.
unknown-because = Ei tiedetä, onko asiakas maksanut ({ $cause }). Älä luovuta tuotteita maksettuina äläkä veloita uudelleen. Tarkistus jatkuu itsestään.
refund-unknown-because = Ei tiedetä, saiko asiakas rahat takaisin ({ $cause }). Älä palauta uudelleen äläkä anna käteistä. Tarkistus jatkuu itsestään.
refund-failed-because = Ei palautettu: { $cause }. Asiakas ei ole saanut rahoja takaisin.
refund-failed-passing = Ei palautettu: { $cause }. Yritä hetken päästä uudelleen tai palauta muulla tavalla.
refund-failed-setup = Ei palautettu: { $cause }. Palauta rahat muulla tavalla ja soita tukeen.

# Choices

choice-retry = Yritä uudelleen
choice-cancel = Peru maksu
choice-refund = Palauta rahat
choice-ring-up = Kirjaa ostokselle
choice-keep = Pidä maksu
choice-force-paid = Sulje maksettuna
choice-force-not-paid = Sulje maksamattomana
