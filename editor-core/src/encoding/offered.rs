//! The encodings that a person can choose: Unicode, and those of encoding_rs in which each character is written by itself. What
//! switches between sets midway (ISO-2022-JP) does not keep its bytes around an edit.

use encoding_rs as web;

use super::{Encoding, Format};
use Encoding::{Legacy, Utf8, Utf16Be, Utf16Le};

/// Each with what is written in it, the likeliest of a script first.
pub static OFFERED: [(Encoding, &str); 36] = [
    (Utf8, "Unicode"),
    (Utf16Le, "Unicode"),
    (Utf16Be, "Unicode"),
    (Legacy(web::WINDOWS_1252), "Western European, Latin-1"),
    (Legacy(web::ISO_8859_15), "Western European, Latin-9"),
    (Legacy(web::MACINTOSH), "Western European"),
    (Legacy(web::WINDOWS_1250), "Central European"),
    (Legacy(web::ISO_8859_2), "Central European, Latin-2"),
    (Legacy(web::ISO_8859_16), "Romanian, Latin-10"),
    (Legacy(web::ISO_8859_3), "Maltese, Esperanto, Latin-3"),
    (Legacy(web::WINDOWS_1257), "Baltic"),
    (Legacy(web::ISO_8859_13), "Baltic, Latin-7"),
    (Legacy(web::ISO_8859_4), "Baltic, Latin-4"),
    (Legacy(web::ISO_8859_10), "Nordic, Latin-6"),
    (Legacy(web::ISO_8859_14), "Celtic, Latin-8"),
    (Legacy(web::WINDOWS_1251), "Cyrillic"),
    (Legacy(web::KOI8_R), "Cyrillic, Russian"),
    (Legacy(web::KOI8_U), "Cyrillic, Ukrainian"),
    (Legacy(web::ISO_8859_5), "Cyrillic"),
    (Legacy(web::IBM866), "Cyrillic, DOS"),
    (Legacy(web::X_MAC_CYRILLIC), "Cyrillic"),
    (Legacy(web::WINDOWS_1253), "Greek"),
    (Legacy(web::ISO_8859_7), "Greek"),
    (Legacy(web::WINDOWS_1254), "Turkish, Latin-5"),
    (Legacy(web::WINDOWS_1255), "Hebrew"),
    (Legacy(web::ISO_8859_8), "Hebrew"),
    (Legacy(web::WINDOWS_1256), "Arabic"),
    (Legacy(web::ISO_8859_6), "Arabic"),
    (Legacy(web::WINDOWS_874), "Thai"),
    (Legacy(web::WINDOWS_1258), "Vietnamese"),
    (Legacy(web::SHIFT_JIS), "Japanese"),
    (Legacy(web::EUC_JP), "Japanese"),
    (Legacy(web::GBK), "Chinese, simplified"),
    (Legacy(web::GB18030), "Chinese, simplified"),
    (Legacy(web::BIG5), "Chinese, traditional"),
    (Legacy(web::EUC_KR), "Korean"),
];

impl Encoding {
    /// What is written in it; nothing for one that is not offered.
    #[must_use]
    pub fn script(self) -> &'static str {
        OFFERED.iter().find(|(encoding, _)| *encoding == self).map_or("", |(_, script)| script)
    }
}

impl Format {
    /// The formats that a person can choose: UTF-8 with a byte order mark and without, UTF-16 with one.
    pub fn offered() -> impl Iterator<Item = Self> {
        OFFERED.iter().flat_map(|(encoding, _)| {
            let marks: &[bool] = match encoding {
                Utf8 => &[false, true],
                Utf16Le | Utf16Be => &[true],
                Legacy(_) => &[false],
            };
            marks.iter().map(|bom| Self { encoding: *encoding, bom: *bom })
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::prelude::*;

    use super::*;
    use crate::{
        Document, EditKind, Transaction,
        disk::RealDisk,
        encoding::{ReadOnly, Reading, decode, decode_as, encode},
        file::{self, Expect},
    };

    /// A text as it is found in files of this encoding.
    fn sample(encoding: Encoding) -> &'static str {
        match encoding.script().split([' ', ',']).next().unwrap() {
            "Unicode" => "Grüße, 漢字, 🙂\n",
            "Western" => "Voilà l'hôtel où naquit le garçon naïf, près de Zwölf große Bären.\r\n",
            "Central" => "Příliš žluťoučký kůň; árvíztűrő tükörfúrógép\n",
            "Romanian" => "Gheorghe a reușit să obțină un flux în țară\n",
            "Maltese" => "Eĥoŝanĝo ĉiuĵaŭde; ħuta, ġnien u żarbun\n",
            "Baltic" => "Įlinkdama fechtuotojo špaga pragręžė apvalų arbūzą\n",
            "Nordic" => "Kæmi ný öxi hér; čáhci, šaddat\n",
            "Celtic" => "Ŵyr ar ŷd; ḃean, ċeann, ḋoras\n",
            "Cyrillic" => "Съешь же ещё этих мягких французских булок, да выпей чаю\n",
            "Greek" => "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία\n",
            "Turkish" => "Pijamalı hasta yağız şoföre çabucak güvendi\n",
            "Hebrew" => "דג סקרן שט בים מאוכזב ולפתע מצא חברה\n",
            "Arabic" => "نص حكيم له سر قاطع وذو شأن عظيم\n",
            "Thai" => "เป็นมนุษย์สุดประเสริฐเลิศคุณค่า\n",
            "Vietnamese" => "Đo ba\u{323}ch kim râ\u{301}t quy\u{301}\n",
            "Japanese" => "いろはにほへと ちりぬるを。色は匂へど散りぬるを、テスト\n",
            "Chinese" => "天地玄黃，宇宙洪荒。日月盈昃\n",
            "Korean" => "키스의 고유조건은 입술끼리 만나야 하고\n",
            script => panic!("no sample of {script}"),
        }
    }

    fn bytes_of(text: &str, format: Format) -> Vec<u8> {
        encode(&text.into(), format).unwrap()
    }

    /// Opens a file in its encoding, types one letter in its middle and saves.
    fn check_typing(format: Format) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        let text = sample(format.encoding).repeat(3);
        fs::write(&path, bytes_of(&text, format)).unwrap();
        let opened = file::open_as(&RealDisk, &path, Reading::Chosen(format.encoding)).unwrap();
        let mut document = Document::opened(&path, opened);
        assert_eq!((document.rope().to_string(), document.format()), (text.clone(), format));
        let middle = document.buffer().len_chars() / 2;
        let typed = Transaction::replace(document.buffer(), middle..middle, "x");
        document.apply(typed, EditKind::Type, 0).unwrap();
        let expect = Expect::Unchanged(document.stamp().unwrap().clone());
        file::save(&RealDisk, &path, &document.writable().unwrap(), &expect).unwrap();
        let (head, tail) = text.split_at(text.char_indices().nth(middle).unwrap().0);
        let unmarked = Format { bom: false, ..format };
        let parts = [bytes_of(head, format), bytes_of("x", unmarked), bytes_of(tail, unmarked)];
        assert_eq!(fs::read(&path).unwrap(), parts.concat(), "{format}");
    }

    #[test]
    fn in_every_offered_encoding_a_letter_is_typed_and_all_other_bytes_stay() {
        Format::offered().for_each(check_typing);
    }

    #[test]
    fn what_is_offered_has_a_name_of_its_own_and_an_encoder_of_its_own() {
        let names: std::collections::HashSet<String> = Format::offered().map(|it| it.to_string()).collect();
        assert_eq!(names.len(), Format::offered().count());
        for (encoding, _) in OFFERED {
            if let Legacy(web) = encoding {
                assert_eq!(web.output_encoding(), web);
            }
        }
    }

    #[test]
    fn no_text_of_another_encoding_is_taken_for_broken_utf_8() {
        for (encoding, _) in OFFERED.into_iter().filter(|(encoding, _)| matches!(encoding, Legacy(_))) {
            let bytes = bytes_of(sample(encoding), Format { encoding, bom: false });
            assert_ne!(decode(&bytes).read_only, Some(ReadOnly::BrokenUtf8), "{}", encoding.name());
        }
    }

    proptest! {
        #[test]
        fn bytes_that_an_encoding_does_not_give_back_can_only_be_read(
            bytes in prop::collection::vec(any::<u8>(), 0..40),
            at in 0..OFFERED.len(),
        ) {
            let encoding = OFFERED[at].0;
            let decoded = decode_as(&bytes, Reading::Chosen(encoding));
            prop_assert_eq!(decoded.format.encoding, encoding);
            let kept = decode_as(&bytes, Reading::Kept(encoding));
            prop_assert_eq!(kept.chosen, decoded.read_only.is_none());
            match decoded.writable() {
                Ok(text) => prop_assert_eq!(text.bytes().unwrap(), bytes),
                Err(reason) => prop_assert_eq!(decoded.read_only, Some(reason)),
            }
        }
    }
}
