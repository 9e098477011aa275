//! The words that field names are made of, without case, accents and what joins them.

use super::names::ProposedMeaning as M;

/// Words without a meaning, in the seven languages.
pub(super) const SMALL: &[&str] = &[
    "a", "an", "the", "of", "your", "my", "for", "is", "what", "please", "enter", "s", "x",
    "optional", "required", "ihr", "ihre", "dein", "deine", "der", "die", "das", "des", "dem",
    "bitte", "de", "du", "la", "le", "les", "l", "d", "un", "une", "votre", "vos", "het", "van",
    "uw", "je", "jouw", "el", "los", "las", "su", "tu", "il", "lo", "del", "della", "dell", "di",
    "tuo", "tua", "suo", "sua", "vostro", "do", "da", "dos", "o", "os", "seu", "urn",
];

/// Words for the person, and for objects that contain the person's fields.
pub(super) const PERSON: &[&str] = &[
    "attendee",
    "attendees",
    "participant",
    "participants",
    "guest",
    "holder",
    "person",
    "people",
    "user",
    "contact",
    "delegate",
    "registrant",
    "member",
    "visitor",
    "profile",
    "personal",
    "data",
    "details",
    "detail",
    "info",
    "information",
    "fields",
    "properties",
    "attributes",
    "node",
    "record",
    "answers",
    "responses",
    "custom",
    "field",
    "main",
    "primary",
    "parts",
    "teilnehmer",
    "teilnehmerin",
    "teilnehmenden",
    "gast",
    "besucher",
    "mitglied",
    "kontakt",
    "stammdaten",
    "personen",
    "deelnemer",
    "bezoeker",
    "lid",
    "gegevens",
    "invite",
    "visiteur",
    "membre",
    "asistente",
    "participante",
    "invitado",
    "datos",
    "partecipante",
    "ospite",
    "dati",
    "convidado",
    "dados",
    "inscrito",
    "inscrit",
    "iscritto",
    "acct",
];

/// Words for people other than the attendee: payers, organisers and contacts.
pub(super) const OTHER_PEOPLE: &[&str] = &[
    "buyer",
    "purchaser",
    "payer",
    "payor",
    "billing",
    "bill",
    "invoice",
    "booker",
    "order",
    "orders",
    "emergency",
    "organizer",
    "organiser",
    "host",
    "referrer",
    "referral",
    "manager",
    "assistant",
    "creator",
    "created",
    "modified",
    "owner",
    "agent",
    "sponsor",
    "supervisor",
    "guardian",
    "companion",
    "plusone",
    "rechnung",
    "rechnungs",
    "rechnungsadresse",
    "besteller",
    "kaufer",
    "kaeufer",
    "notfall",
    "begleitung",
    "acheteur",
    "facturation",
    "facture",
    "urgence",
    "koper",
    "factuur",
    "noodgeval",
    "comprador",
    "facturacion",
    "emergencia",
    "acquirente",
    "fatturazione",
    "emergenza",
    "fatura",
    "salesperson",
    "accompanying",
    "secretary",
    "cc",
];

/// Words for things that have names themselves.
pub(super) const OTHER_THINGS: &[&str] = &[
    "event",
    "venue",
    "campaign",
    "session",
    "seller",
    "currency",
    "price",
    "payment",
    "tax",
    "discount",
    "voucher",
    "links",
    "self",
    "meta",
    "metadata",
    "veranstaltung",
    "evenement",
    "evento",
    "room",
    "seat",
    "form",
    "browser",
    "device",
    "file",
    "hotel",
    "flight",
    "utm",
    "source",
    "resource",
];

/// Words that change the meaning of a name: a company's phone is no company.
pub(super) const QUALIFIERS: &[&str] = &[
    "phone",
    "mobile",
    "fax",
    "tel",
    "telefon",
    "telephone",
    "size",
    "website",
    "site",
    "web",
    "url",
    "link",
    "verified",
    "verification",
    "optin",
    "opt",
    "consent",
    "subscribed",
    "status",
    "state",
    "confirmed",
    "at",
    "date",
    "time",
    "datum",
    "id",
    "ids",
    "uuid",
    "guid",
    "count",
    "number",
    "nr",
    "nummer",
    "num",
    "total",
    "price",
    "amount",
    "hash",
    "domain",
    "industry",
    "sector",
    "logo",
    "street",
    "strasse",
    "city",
    "stadt",
    "ort",
    "zip",
    "postcode",
    "plz",
    "postal",
    "vat",
    "tax",
    "printed",
    "pronunciation",
    "phonetic",
    "initial",
    "initials",
    "previous",
    "lang",
    "language",
    "sprache",
    "locale",
    "currency",
    "sort",
    "valid",
    "invalid",
    "allowed",
    "sent",
    "bounced",
    "unsubscribed",
    "newsletter",
    "prefix",
    "suffix",
    "middle",
    "maiden",
    "color",
    "colour",
    "hidden",
    "required",
    "slug",
    "is",
    "has",
    "object",
    "schema",
    "schemas",
    "resource",
    "expires",
    "limit",
    "photo",
    "image",
    "picture",
    "avatar",
    "linkedin",
    "twitter",
    "password",
    "revenue",
    "employees",
    "scheme",
];

/// The meanings of words with their weights: 100 is certain by itself, 60 needs values that support
/// it.
pub(super) const MEANINGS: &[(M, u32, &str)] = &[
    (M::SourceId, 100, "publicid"),
    (M::SourceId, 99, "id"),
    (M::SourceId, 98, "recordid attendeeid participantid registrantid personid guestid teilnehmerid uid uuid guid
        objectid externalid responseid submissionid"),
    (M::SourceId, 92, "registrationid ticketid ticketholderid memberid orderitemid apiid contactid userid key token
        deelnemerid identifiant identificador identificatore kennung registrationnumber registrationno
        attendeenumber teilnehmernummer teilnehmernr anmeldenummer anmeldungsnummer anmeldeid inscriptionid
        numeroinscription numeroinscripcion numeroiscrizione numeroinscricao inschrijfnummer nr ticketnumber
        ticketnummer memberno mitgliedsnummer refno referenceid"),
    (M::SourceId, 80, "slug reference ref referencenumber barcode ticketcode code number confirmationnumber
        bookingreference buchungsnummer referenz codigo codice nummer no rowid row lfdnr"),
    (M::Email, 100, "email emailaddress mail mailaddress emails emailadresse mailadresse eposta epost adressemail
        adresseemail courriel courrierelectronique adresseelectronique emailadres mailadres correo
        correoelectronico direccioncorreo direccioncorreoelectronico direccionemail posta postaelettronica
        indirizzoemail indirizzomail indirizzopostaelettronica enderecoemail enderecoeletronico
        correioeletronico eaddress workemail businessemail emailid emailaddr"),
    (M::Email, 70, "primaryemail login loginemail adresse account workmail"),
    (M::FirstName, 100, "firstname givenname forename fname vorname rufname vornamen prenom prenoms voornaam
        voornamen roepnaam nombrepila nombres primernombre nomeproprio primeironome primonome prenome
        firstnames givennames namefirst givenames christianname attendeefirst"),
    (M::FirstName, 85, "first given nombre"),
    (M::FirstName, 82, "nome"),
    (M::LastName, 100, "lastname surname familyname lname sname nachname familienname zuname nomfamille
        nomdefamille patronyme achternaam familienaam apellido apellidos cognome sobrenome apelido apelidos
        ultimonome secondname lastnames namelast familynames primerapellido"),
    (M::LastName, 85, "last family nom"),
    (M::LastName, 50, "name naam"),
    (M::FullName, 100, "fullname completename wholename nameandsurname firstandlastname firstlastname vollername
        vollstandigername vorundnachname vornamenachname vornameundnachname nomcomplet prenomnom nometprenom
        nomprenom prenometnom volledigenaam naamvolledig nombrecompleto nombreapellidos nombreyapellidos
        nomecompleto nomecognome nomeecognome cognomenome attendeename participantname guestname holdername
        displayname badgename formattedname personname contactname ticketholdername ticketholder"),
    (M::FullName, 95, "name"),
    (M::FullName, 90, "naam attendee participant guest teilnehmer deelnemer asistente participante partecipante
        formatted"),
    (M::FullName, 70, "nome nombre nom title"),
    (M::Title, 100, "salutation honorific honorificprefix nameprefix formofaddress anrede akademischertitel
        akadtitel namenszusatz civilite aanhef aanspreektitel tratamiento trattamento tratamento courtesytitle
        namensprefix honorifictitle titleprefix appellation formuledepolitesse titelvorname academictitle"),
    (M::Title, 92, "prefix title titel titre titolo titulo appellativo"),
    (M::JobTitle, 100, "jobtitle jobname position jobposition jobfunction occupation profession designation
        funktion beruf berufsbezeichnung jobbezeichnung jobtitel stelle stellenbezeichnung positiontitle
        positionfunktion funktionposition tatigkeit fonction poste intituleposte metier functie functietitel
        functienaam beroep puesto puestotrabajo cargopuesto cargo profesion ocupacion ruolo professione
        qualifica posizione posizionelavorativa funcao profissao ocupacao roleatcompany jobrole titleatcompany
        worktitle professionaltitle companyrole posicaoprofissional rolecompany businesstitle"),
    (M::JobTitle, 88, "job title function role rolle"),
    (M::JobTitle, 60, "titel titre titolo titulo"),
    (M::Company, 100, "company companyname organization organisation organizationname organisationname org orgname
        employer affiliation institution institutionname firm firmname firma firmenname unternehmen
        unternehmensname arbeitgeber betrieb societe nomsociete entreprise nomentreprise organisme employeur
        raisonsociale structure etablissement bedrijf bedrijfsnaam organisatie organisatienaam werkgever
        instelling empresa nombreempresa compania organizacion entidad institucion empleador razonsocial azienda
        nomeazienda societa ditta organizzazione ragionesociale datorelavoro istituzione ente organizacao
        nomeempresa instituicao companhia empregador companyoraccount companyorganization companyorganisation
        organizationcompany firmaorganisation firmainstitution institutionorganisation workplace
        organisationunternehmen firmaunternehmen"),
    (M::Company, 85, "account accountname businessname business university hochschule universitat institut
        institute verein association agency worksfor"),
    (M::Country, 100, "country countryname land pays pais paese nazione countryofresidence residencecountry
        wohnsitzland herkunftsland paisderesidencia paisresidencia paysderesidence paysresidence
        landvanherkomst paesediresidenza paeseresidenza stato staat"),
    (M::Country, 92, "countrycode countryiso isocountry isocountrycode landcode landerkurzel laendercode
        countryregion countrylabel codepays codigopais nationcode codicepaese addresscountry"),
    (M::Country, 60, "nation nationality nationalitat nationalite nationaliteit nacionalidad nazionalita
        nacionalidade"),
    (M::AdditionalInfo, 95, "additionalinfo additionalinformation additionaldetails furtherinformation otherinfo
        otherinformation moreinfo zusatzinfo zusatzinfos zusatzinformation zusatzinformationen
        weitereinformationen weitereangaben sonstiges infocomplementaire informationscomplementaires
        informationcomplementaire extrainfo extrainformatie aanvullendeinformatie overigeinformatie
        informacionadicional otrainformacion informazioniaggiuntive altreinformazioni ulterioriinformazioni
        informacoesadicionais informacaoadicional outrasinformacoes"),
    (M::Biography, 100, "bio biography biographie kurzbiographie kurzbiografie biografie biografia shortbio
        shortbiography speakerbio vita kurzvita lebenslauf aboutme aboutyou ubermich uebermich ubersich overmij
        proposdemoi aproposdemoi apropos semblanza resena sobremi sobremim descrizionepersonale biographicalnote
        minibio biotext biographytext userbio profiletext"),
    (M::Biography, 75, "about"),
    (M::Groups, 100, "tickettype tickettypename ticketname ticketclass ticketclassname ticketcategory
        ticketcategoryname registrationtype registrationtypename regtype regtypename registrationcategory
        attendeetype attendeetypename attendeecategory participanttype participantcategory delegatetype
        guesttype passtype passname groups groupnames tags tagnames group groupname categories admissiontype
        admissionitem releasetitle ticketart tickettyp ticketkategorie kartenkategorie kartenart
        teilnehmerart teilnehmertyp teilnehmerkategorie teilnahmeart gruppe gruppen gruppenname kategorie
        kategorien typedebillet typebillet categoriebillet typeparticipant categorieparticipant groupe groupes
        etiquettes ticketsoort tickettypes deelnemertype deelnemerscategorie soortdeelnemer groep groepen
        tipoentrada tipodeentrada tipoasistente tipoparticipante grupo grupos etiquetas tipobiglietto
        tipopartecipante gruppo gruppi etichette tipoingresso tipobilhete tipoingressos
        membershiptype membertype admissionlevel ticketlevel productname itemname eventticketname eventticket eventtickets ticketticketname
        tickettypetitle ticketgroup rateplan ratename variantname"),
    (M::Groups, 88, "category categoryname ticket tickets product entrada biglietto ingresso billet bilhete eintrittskarte
        categorie categoria tracks track roles workshops sessions segment segments labels keywords interests
        badgetype level package rate admission audience"),
    (M::Groups, 62, "role rolle campaign campaignname list membership class variant item"),
    (M::Groups, 52, "type typ"),
    (M::Badge, 100, "badge badgeurl digitalbadge digitalbadgeurl badgepdf badgeimage badgelink ebadge ebadgeurl
        namensschild namensschildurl badgefile insignia urlbadge badgedownload badgepdfurl badgeimageurl
        badgedownloadurl"),
    (M::Badge, 70, "ticketpdf ticketpdfurl pdfurl ticketurl ticketdownload eticketurl eticket pdfticket pdf
        ticketdownloadurl passurl ticketlink"),
];
