//! The lists the sample draws its invented people from.

/// Given and family names that go together, and the country code (ISO 3166-1) most of their bearers give.
pub(crate) struct Culture {
    pub(crate) country: &'static str,
    pub(crate) given: [&'static str; 8],
    pub(crate) family: [&'static str; 8],
}

#[rustfmt::skip] // One line a list: these are tables.
pub(crate) const CULTURES: [Culture; 16] = [
    Culture { country: "NL",
        given: ["Sanne", "Joris", "Fleur", "Thijs", "Maud", "Koen", "Lotte", "Bram"],
        family: ["de Wit", "van der Meer", "Hoekstra", "'t Hooft-Vos", "Kuipers", "Ter Horst", "Vermeulen", "op den Berg"] },
    Culture { country: "DE",
        given: ["Jürgen", "Anke", "Sören", "Heike", "Matthias", "Ute", "Björn", "Käthe"],
        family: ["Müller-Lange", "Groß", "Schäfer", "Köhler", "Brandt", "von Ahrens", "Jäger", "Lüders"] },
    Culture { country: "FR",
        given: ["Éloïse", "Jean-Marc", "Chloé", "Benoît", "Amélie", "Thibault", "Zoé", "François"],
        family: ["Lefèvre", "d'Aubigny", "Garçonnet", "Dufrêne", "Moreau", "Le Goff", "Châtelain", "Besançon"] },
    Culture { country: "IE",
        given: ["Aoife", "Cian", "Niamh", "Seán", "Róisín", "Declan", "Gráinne", "Oisín"],
        family: ["O'Malley", "Ní Bhriain", "Fitzgerald", "O'Dowd", "Mac Giolla", "Brennan", "Ó Ceallaigh", "Kinsella"] },
    Culture { country: "ES",
        given: ["Íñigo", "Lucía", "Andrés", "Begoña", "Raúl", "Inés", "Óscar", "Nuria"],
        family: ["Núñez Ortega", "Ibáñez", "Castellanos", "Peña Vidal", "Rocamora", "Güell", "Etxeberria", "Sáenz"] },
    Culture { country: "PL",
        given: ["Łukasz", "Małgorzata", "Paweł", "Agnieszka", "Michał", "Bożena", "Grzegorz", "Żaneta"],
        family: ["Wiśniewski", "Dąbrowska", "Kępiński", "Żurek", "Sobczak", "Jabłońska", "Gołąb", "Mróz"] },
    Culture { country: "SE",
        given: ["Åsa", "Göran", "Linnéa", "Håkan", "Ebba", "Torbjörn", "Märta", "Viggo"],
        family: ["Sjöberg", "Åkesson", "Lindqvist", "Öberg", "Hällström", "Nyman", "Falk", "Ekdahl"] },
    Culture { country: "TR",
        given: ["Ayşe", "Çağlar", "Gülşen", "Ömer", "Zeynep", "İlker", "Şebnem", "Tolga"],
        family: ["Yıldırım", "Öztürk", "Kılıç", "Şahin", "Doğan", "Çelik", "Arıkan", "Güneş"] },
    Culture { country: "VN",
        given: ["Thảo", "Minh", "Hương", "Quân", "Linh", "Đức", "Trâm", "Khôi"],
        family: ["Nguyễn", "Trần", "Phạm", "Lê", "Vũ", "Đặng", "Bùi", "Hồ"] },
    Culture { country: "IN",
        given: ["Ananya", "Rohit", "Meenakshi", "Karthik", "Ishita", "Vikram", "Lakshmi", "Farhan"],
        family: ["Iyer", "Deshpande", "Chatterjee", "Nair", "Kulkarni", "Gill", "Raghunathan", "Qureshi"] },
    Culture { country: "NG",
        given: ["Adaeze", "Babatunde", "Chiamaka", "Emeka", "Folasade", "Ibrahim", "Ngozi", "Olumide"],
        family: ["Okonjo", "Adeyemi", "Nwachukwu", "Balogun", "Eze", "Danjuma", "Ogunleye", "Umeh"] },
    Culture { country: "BR",
        given: ["João", "Conceição", "Thiago", "Letícia", "Antônio", "Vitória", "Caetano", "Flávia"],
        family: ["da Conceição", "Magalhães", "Figueiredo", "dos Reis", "Assunção", "Teles", "Guimarães", "Brandão"] },
    Culture { country: "JP",
        given: ["陽菜", "健太", "美咲", "大輔", "さくら", "拓海", "直子", "翔"],
        family: ["佐々木", "小野寺", "三浦", "長谷川", "松岡", "西村", "大塚", "福田"] },
    Culture { country: "EG",
        given: ["Nour", "Youssef", "Salma", "Karim", "Mariam", "Tarek", "Dina", "Hossam"],
        family: ["El-Sayed", "Abdel Rahman", "Mansour", "Fahmy", "Al-Masri", "Shaker", "Hegazy", "Zaki"] },
    Culture { country: "US",
        given: ["Dakota", "Marcus", "Priscilla", "Wyatt", "Jada", "Colton", "Maribel", "Trent"],
        family: ["Whitfield", "Ramirez-Cole", "St. Clair", "Hollis", "Beaumont", "Tran", "McAllister", "Ortega"] },
    Culture { country: "CZ",
        given: ["Jiří", "Věra", "Ondřej", "Božena", "Štěpán", "Zdeňka", "Tomáš", "Markéta"],
        family: ["Dvořáček", "Růžičková", "Čermák", "Říha", "Šimková", "Ježek", "Kučerová", "Třešňák"] },
];

#[rustfmt::skip]
pub(crate) const ORGANISATIONS: [&str; 20] = [
    "Halden & Fjord Consulting", "Bluebarrow Software", "Ministry of Tidal Affairs", "Kestrel Rail Group",
    "Università di Montelago", "Oakmoss Insurance", "Lumière Médicale SAS", "Pagoda Freight",
    "Städtische Werke Grünau", "Quillon Press", "Tern Island Energy", "Copperleaf Bank",
    "Institute for Slow Computing", "Nimbus & Daughters", "Redwharf Logistics", "Café Perpetuum",
    "Sól Geothermal ehf.", "Marigold Health Trust", "Ferro y Arena S.A.", "Brightwater Utilities",
];

#[rustfmt::skip]
pub(crate) const JOB_TITLES: [&str; 17] = [
    "Software engineer", "Head of events", "Product manager", "Data analyst", "Procurement lead",
    "Site reliability engineer", "Professor of hydrology", "Communications officer", "Policy adviser",
    "Chief financial officer", "UX researcher", "Community manager", "Legal counsel",
    "Directrice de la recherche", "Werkstudent", "Operations director", "Journalist",
];

pub(crate) const TITLES: [&str; 4] = ["Dr.", "Prof.", "Ms", "Mr"];

pub(crate) const TAGS: [&str; 6] = [
    "Workshop A",
    "Workshop B",
    "Workshop C",
    "Conference dinner",
    "First-time visitor",
    "Mentor",
];

pub(crate) const DOMAINS: [&str; 3] = ["example.org", "example.com", "example.net"];

pub(crate) const TOPICS: [&str; 7] = [
    "timetables that survive contact with reality",
    "accessible venues",
    "open data for small towns",
    "queueing, in theory and at the coffee bar",
    "what attendance figures do not say",
    "typefaces for name badges",
    "renewable power for festivals",
];

/// The entry `index` of a list, counted on from its beginning when the list is shorter.
pub(crate) fn pick<'a>(list: &[&'a str], index: usize) -> &'a str {
    list.get(index % list.len().max(1))
        .copied()
        .unwrap_or_default()
}

/// The entry after `current`, so that a change really changes something.
pub(crate) fn after<'a>(list: &[&'a str], current: &str) -> &'a str {
    let position = list.iter().position(|entry| *entry == current);
    pick(list, position.map_or(0, |position| position + 1))
}
