//! Templates as people write them for Docker.

use serde_json::{Value, json};

use super::{Columns, Format, Template, TemplateError};

fn data() -> Value {
    json!({
        "ID": "feec7adf47b2", "Size": "6.02MB", "SizeBytes": 6020113, "Empty": "", "None": null, "Yes": true,
        "Config": {"Labels": {"b": "2", "a.b/c": "1"}, "Cmd": ["sh", "-c"]},
        "Names": ["app:1", "app:2"],
    })
}

fn render(template: &str) -> Result<String, TemplateError> {
    Template::parse(template)?.render(&data())
}

#[test]
fn templates_do_what_they_do_in_go() {
    for (template, text) in [
        ("plain", "plain"),
        ("{{.ID}}\\t{{ .Size }}\\n", "feec7adf47b2\t6.02MB\n"),
        ("{{.Config.Cmd}} {{.Config.Labels}} {{.None}}", "[sh -c] map[a.b/c:1 b:2] <no value>"),
        ("{{json .Config.Cmd}}{{json .None}}", r#"["sh","-c"]null"#),
        ("{{.ID | upper | printf \"%-14s|\"}}", "FEEC7ADF47B2  |"),
        ("{{printf \"%5.2s|%d|%q|%%\" .ID .SizeBytes .Size}}", "   fe|6020113|\"6.02MB\"|%"),
        ("{{upper .ID}} {{title \"a b-c\"}} {{lower `X`}}", "FEEC7ADF47B2 A B-C x"),
        ("{{truncate .ID 4}}{{pad .ID 1 2}}|{{pad .Empty 1 2}}|", "feec feec7adf47b2  ||"),
        ("{{join .Names \", \"}} {{index (split .Size \".\") 1}}", "app:1, app:2 02MB"),
        ("{{println .ID 1}}{{print .ID 1}}", "feec7adf47b2 1\nfeec7adf47b21"),
        ("{{len .Names}} {{index .Names 1}} {{slice .ID 0 4}}", "2 app:2 feec"),
        ("{{index .Config.Labels \"a.b/c\"}}{{index .Config.Labels \"nope\"}}", "1"),
        ("{{if .Empty}}a{{else}}b{{end}}{{if .Yes}}c{{end}}", "bc"),
        ("{{if .Empty}}a{{else if .None}}b{{else if .Yes}}c{{else}}d{{end}}", "c"),
        ("{{if and .Yes (eq .Size \"6.02MB\" \"7MB\")}}a{{end}}{{if or .Empty (not .None)}}b{{end}}", "ab"),
        ("{{if gt .SizeBytes 1000}}big{{end}}{{if lt 2 1}}no{{end}}{{if ne 1 2}}!{{end}}", "big!"),
        ("{{range .Names}}<{{.}}>{{end}}{{range .None}}x{{else}}none{{end}}", "<app:1><app:2>none"),
        ("{{range $k, $v := .Config.Labels}}{{$k}}={{$v}};{{end}}", "a.b/c=1;b=2;"),
        ("{{range $i, $n := .Names}}{{if $i}},{{end}}{{$n}}{{end}}", "app:1,app:2"),
        ("{{with .Config}}{{.Cmd}}{{$.ID}}{{end}}{{with .Empty}}x{{end}}", "[sh -c]feec7adf47b2"),
        ("{{$x := .ID}}{{$x}} {{(index .Names 0) | upper}}", "feec7adf47b2 APP:1"),
        ("a {{- .Yes -}} b {{/* gone */}}c", "atrueb c"),
        ("{{\"}}\"}}{{\"a\\tb\"}}", "}}a\tb"),
        ("{{.Config.Labels.b}}{{(.Config).Cmd}}", "2[sh -c]"),
    ] {
        assert_eq!(render(template).as_deref(), Ok(text), "{template}");
    }
}

#[test]
fn mistakes_are_told_in_dockers_words() {
    for (template, words) in [
        ("{{.Nope}}", "template parsing error: at <.Nope>: can't evaluate field Nope"),
        ("{{.Config.Nope.X}}", "template parsing error: at <.Config.Nope>: can't evaluate field Nope"),
        ("{{.ID.X}}", "template parsing error: at <.ID.X>: can't evaluate field X"),
        ("ab{{.ID", "template parsing error: unclosed action at character 3"),
        ("{{nope .ID}}", "template parsing error: function \"nope\" not defined at character 1"),
        ("{{}}", "template parsing error: missing value for command at character 1"),
        ("{{if .ID}}x", "template parsing error: unexpected EOF: no {{end}} for the block at character 1"),
        ("x{{end}}", "template parsing error: unexpected {{end}} at character 2"),
        ("{{(.ID}}", "template parsing error: unclosed left paren at character 1"),
        ("{{\"a}}", "template parsing error: unclosed action at character 1"),
        ("{{%}}", "template parsing error: unexpected '%' in command at character 1"),
        ("{{$nope}}", "template parsing error: undefined variable $nope at character 1"),
        ("{{index .Names 7}}", "template parsing error: error calling index: index out of range: 7"),
        ("{{pad .ID 1 99999999999}}", "template parsing error: error calling pad: wants two small numbers"),
        ("{{range .ID}}{{end}}", "template parsing error: error calling range: can't iterate over feec7adf47b2"),
        ("{{json}}", "template parsing error: error calling json: wrong number or type of args"),
    ] {
        assert_eq!(render(template).map_err(|error| error.to_string()), Err(words.to_owned()), "{template}");
    }
}

#[test]
fn an_unknown_field_names_the_known_ones() {
    let Err(TemplateError::UnknownField { known, .. }) = render("{{.Config.Nope}}") else { panic!("a field") };
    assert_eq!(known, ["Labels", "Cmd"]);
}

const COLUMNS: Columns<'_> = Columns {
    headers: &[("ID", "IMAGE ID"), ("Size", "SIZE"), ("Names", "NAMES")],
    table: "{{.ID}}\t{{.Size}}",
    raw: "id: {{.ID}}\nsize: {{.Size}}\n",
};

fn listed(typed: Option<&str>) -> String {
    let format = Format::parse(typed, &COLUMNS).expect("a format");
    let mut list = format.begin(&COLUMNS).expect("headers");
    list.add(&data()).expect("an item");
    list.finish().join("\n")
}

#[test]
fn tables_have_the_headers_of_their_fields() {
    assert_eq!(listed(None), "IMAGE ID       SIZE\nfeec7adf47b2   6.02MB");
    let table = listed(Some("table {{upper .Size}}\\t{{range .Names}}{{.}} {{end}}"));
    assert_eq!(table, "SIZE      NAMES \n6.02MB    app:1 app:2 ");
}

#[test]
fn other_formats_have_none() {
    assert_eq!(listed(Some("{{.ID}}")), "feec7adf47b2");
    assert_eq!(listed(Some("raw")), "id: feec7adf47b2\nsize: 6.02MB\n");
    assert_eq!(serde_json::from_str::<Value>(&listed(Some("json"))).expect("JSON"), data());
}
