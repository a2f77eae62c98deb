//! XMP packet of an image, for a file beside it: title, prompt, tags, rating and the origin, as photo managers read
//! them. The image itself is not touched, so that signatures in it stay valid.

use std::io;

use jiff::{Timestamp, Unit};
use quick_xml::{
    Writer,
    events::{BytesPI, BytesText, Event},
};

/// Facts about an image that its XMP packet states.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImageFacts {
    pub title: Option<String>,
    pub rating: Option<u8>,
    pub tags: Vec<String>,
    pub prompt: String,
    pub model: String,
    pub created: Timestamp,
    /// Set if the image is an edit of a photograph, or of another image that was not generated here.
    pub edited_photograph: bool,
}

/// Namespaces of the properties, by the prefixes that the specifications recommend.
const NAMESPACES: [(&str, &str); 4] = [
    ("xmlns:rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"),
    ("xmlns:dc", "http://purl.org/dc/elements/1.1/"),
    ("xmlns:xmp", "http://ns.adobe.com/xap/1.0/"),
    ("xmlns:Iptc4xmpExt", "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"),
];

/// IPTC vocabulary of digital source types.
const SOURCE_TYPES: &str = "http://cv.iptc.org/newscodes/digitalsourcetype/";

/// Program that the packet names as the creator.
const CREATOR: &str = concat!("Tintype ", env!("CARGO_PKG_VERSION"));

/// Returns the XMP packet as the content of a file.
pub fn xmp_packet(facts: &ImageFacts) -> Vec<u8> {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 1);
    // Writing to memory cannot fail.
    let _ = write_packet(&mut xml, facts);
    let mut packet = xml.into_inner();
    packet.push(b'\n');
    packet
}

fn write_packet(xml: &mut Writer<Vec<u8>>, facts: &ImageFacts) -> io::Result<()> {
    xml.write_event(Event::PI(BytesPI::new("xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"")))?;
    let meta = xml.create_element("x:xmpmeta").with_attributes([("xmlns:x", "adobe:ns:meta/"), ("x:xmptk", CREATOR)]);
    meta.write_inner_content(|xml| {
        let [rdf, properties @ ..] = NAMESPACES;
        xml.create_element("rdf:RDF").with_attribute(rdf).write_inner_content(|xml| {
            let description = xml.create_element("rdf:Description").with_attribute(("rdf:about", ""));
            description.with_attributes(properties).write_inner_content(|xml| write_properties(xml, facts))?;
            Ok(())
        })?;
        Ok(())
    })?;
    xml.write_event(Event::PI(BytesPI::new("xpacket end=\"w\"")))
}

fn write_properties(xml: &mut Writer<Vec<u8>>, facts: &ImageFacts) -> io::Result<()> {
    let created = facts.created.round(Unit::Second).unwrap_or(facts.created);
    let source =
        if facts.edited_photograph { "compositeWithTrainedAlgorithmicMedia" } else { "trainedAlgorithmicMedia" };
    if let Some(title) = &facts.title {
        write_language_list(xml, "dc:title", title)?;
    }
    write_language_list(xml, "dc:description", &facts.prompt)?;
    write_tags(xml, &facts.tags)?;
    if let Some(rating) = facts.rating {
        write_text(xml, "xmp:Rating", &rating.to_string())?;
    }
    write_text(xml, "xmp:CreatorTool", CREATOR)?;
    write_text(xml, "xmp:CreateDate", &created.to_string())?;
    write_text(xml, "Iptc4xmpExt:DigitalSourceType", &format!("{SOURCE_TYPES}{source}"))?;
    write_text(xml, "Iptc4xmpExt:AISystemUsed", &facts.model)?;
    write_text(xml, "Iptc4xmpExt:AIPromptInformation", &facts.prompt)
}

fn write_text(xml: &mut Writer<Vec<u8>>, name: &str, text: &str) -> io::Result<()> {
    xml.create_element(name).write_text_content(BytesText::new(&without_controls(text))).map(drop)
}

/// Writes a text that could have several languages, with one of no particular language.
fn write_language_list(xml: &mut Writer<Vec<u8>>, name: &str, text: &str) -> io::Result<()> {
    let write_list = |xml: &mut Writer<Vec<u8>>| {
        let text = without_controls(text);
        let item = xml.create_element("rdf:li").with_attribute(("xml:lang", "x-default"));
        item.write_text_content(BytesText::new(&text)).map(drop)
    };
    xml.create_element(name)
        .write_inner_content(|xml| xml.create_element("rdf:Alt").write_inner_content(write_list).map(drop))
        .map(drop)
}

fn write_tags(xml: &mut Writer<Vec<u8>>, tags: &[String]) -> io::Result<()> {
    if tags.is_empty() {
        return Ok(());
    }
    let write_bag = |xml: &mut Writer<Vec<u8>>| tags.iter().try_for_each(|tag| write_text(xml, "rdf:li", tag));
    xml.create_element("dc:subject")
        .write_inner_content(|xml| xml.create_element("rdf:Bag").write_inner_content(write_bag).map(drop))
        .map(drop)
}

/// Drops the characters that XML cannot hold, and the other control characters except line breaks and tabs.
fn without_controls(text: &str) -> String {
    let allowed = |c: &char| matches!(c, '\n' | '\t') || !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}');
    text.chars().filter(allowed).collect()
}

#[cfg(test)]
mod tests {
    use roxmltree::Document;

    use super::*;

    fn facts() -> ImageFacts {
        ImageFacts {
            title: Some("Fox & \"friends\" <3".into()),
            rating: Some(4),
            tags: vec!["fox".into(), "\u{7d75}".into(), "a&b".into()],
            prompt: "a fox,\r\n<b>not</b> & ]]> \u{1b}[31mred\u{0}\u{9b}\u{ffff} \u{1f98a}".into(),
            model: "gpt-image-2".into(),
            created: "2026-11-30T20:15:01.5Z".parse().unwrap(),
            edited_photograph: false,
        }
    }

    /// Returns the texts of the elements with this name, without its prefix.
    fn texts(packet: &[u8], name: &str) -> Vec<String> {
        let text = std::str::from_utf8(packet).unwrap();
        let document = Document::parse(text).unwrap();
        let found = document.descendants().filter(|node| node.tag_name().name() == name);
        let texts = found.flat_map(|node| node.descendants()).filter(roxmltree::Node::is_text);
        texts.filter_map(|node| node.text()).filter(|text| !text.trim().is_empty()).map(ToOwned::to_owned).collect()
    }

    #[test]
    fn packet_states_every_fact() {
        let packet = xmp_packet(&facts());
        assert_eq!(texts(&packet, "title"), ["Fox & \"friends\" <3"]);
        assert_eq!(texts(&packet, "subject"), ["fox", "\u{7d75}", "a&b"]);
        assert_eq!(texts(&packet, "Rating"), ["4"]);
        assert_eq!(texts(&packet, "CreateDate"), ["2026-11-30T20:15:02Z"]);
        assert_eq!(texts(&packet, "AISystemUsed"), ["gpt-image-2"]);
        assert_eq!(
            texts(&packet, "DigitalSourceType"),
            ["http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"]
        );
        let edit = xmp_packet(&ImageFacts { edited_photograph: true, ..facts() });
        assert!(texts(&edit, "DigitalSourceType")[0].ends_with("/compositeWithTrainedAlgorithmicMedia"));
    }

    #[test]
    fn prompt_is_escaped_and_control_characters_are_dropped() {
        let expected = ["a fox,\n<b>not</b> & ]]> [31mred \u{1f98a}"];
        let packet = xmp_packet(&facts());
        assert_eq!(texts(&packet, "description"), expected);
        assert_eq!(texts(&packet, "AIPromptInformation"), expected);
    }

    #[test]
    fn facts_without_a_value_are_left_out() {
        let packet = xmp_packet(&ImageFacts { title: None, rating: None, tags: Vec::new(), ..facts() });
        for name in ["title", "subject", "Rating"] {
            assert!(texts(&packet, name).is_empty(), "{name}");
            assert!(!String::from_utf8_lossy(&packet).contains(&format!(":{name}>")), "{name}");
        }
    }
}
