//! A config that is being made: from nothing, or out of that of a base, whose members are all carried over.

use serde_json::{Map, Value, json};

use super::bounded::parse_value;
use super::{Change, DiffId, Platform};

/// A config that is being made.
#[derive(Debug, Clone)]
pub struct Draft {
    members: Map<String, Value>,
    /// Whether a change has said what is run.
    has_cmd: bool,
}

/// Why a config cannot be built on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it has {diff_ids} diff_ids for {layers} layers")]
pub struct DraftError {
    /// How many the config has.
    pub diff_ids: usize,
    /// How many there are.
    pub layers: usize,
}

/// How a layer came to be, or a change.
#[derive(Debug, Clone, Copy)]
pub struct Deed<'a> {
    /// When, RFC 3339.
    pub created: &'a str,
    /// By what.
    pub created_by: &'a str,
    /// What somebody has to say about it.
    pub comment: Option<&'a str>,
}

impl Draft {
    /// Of an image of nothing, for a platform.
    pub fn scratch(platform: &Platform) -> Self {
        let mut members = Map::new();
        // In the order of the specification, so that people find their way.
        members.insert("created".to_owned(), Value::Null);
        members.insert("architecture".to_owned(), platform.architecture.as_str().into());
        members.insert("os".to_owned(), platform.os.as_str().into());
        let versions = [("os.version", &platform.os_version), ("variant", &platform.variant)];
        for (name, value) in versions {
            members.extend(value.as_deref().map(|value| (name.to_owned(), value.into())));
        }
        members.insert("config".to_owned(), json!({}));
        members.insert("rootfs".to_owned(), json!({"type": "layers", "diff_ids": []}));
        members.insert("history".to_owned(), json!([]));
        Self { members, has_cmd: false }
    }

    /// Of the config of an image with so many layers; `None` when it is no config at all.
    pub fn of(bytes: &[u8], layers: usize) -> Option<Result<Self, DraftError>> {
        let Ok(Value::Object(members)) = parse_value(bytes) else { return None };
        let diff_ids = members.get("rootfs").and_then(|rootfs| rootfs.get("diff_ids")).and_then(Value::as_array);
        let diff_ids = diff_ids.map_or(0, Vec::len);
        Some(match diff_ids == layers {
            true => Ok(Self { members, has_cmd: false }),
            false => Err(DraftError { diff_ids, layers }),
        })
    }

    /// The same, made at a time.
    pub fn set_created(&mut self, created: &str) {
        self.members.insert("created".to_owned(), created.into());
    }

    /// One more layer on top.
    pub fn add_layer(&mut self, layer: &DiffId, deed: Deed<'_>) {
        let had_layers = self.diff_ids().is_some_and(|diff_ids| !diff_ids.is_empty());
        let rootfs = object(&mut self.members, "rootfs");
        rootfs.entry("type").or_insert_with(|| "layers".into());
        array(rootfs, "diff_ids").push(layer.to_string().into());
        self.tell(deed, had_layers, false);
    }

    /// A change that brings no layer.
    pub fn add_deed(&mut self, deed: Deed<'_>) {
        let has_layers = self.diff_ids().is_some_and(|diff_ids| !diff_ids.is_empty());
        self.tell(deed, has_layers, true);
    }

    fn diff_ids(&self) -> Option<&Vec<Value>> {
        self.members.get("rootfs")?.get("diff_ids")?.as_array()
    }

    /// History is told for all layers or for none.
    fn tell(&mut self, deed: Deed<'_>, has_layers_below: bool, is_empty: bool) {
        let has_history = self.members.get("history").and_then(Value::as_array).is_some_and(|list| !list.is_empty());
        if has_layers_below && !has_history {
            return;
        }
        let mut entry = json!({"created": deed.created, "created_by": deed.created_by});
        if let Some(comment) = deed.comment {
            entry["comment"] = comment.into();
        }
        if is_empty {
            entry["empty_layer"] = true.into();
        }
        array(&mut self.members, "history").push(entry);
    }

    /// Makes a change to how containers are run.
    pub fn apply(&mut self, change: &Change) {
        let config = object(&mut self.members, "config");
        match change {
            Change::Cmd(words) => {
                config.insert("Cmd".to_owned(), words.clone().into());
                self.has_cmd = true;
            }
            Change::Entrypoint(words) => {
                config.insert("Entrypoint".to_owned(), words.clone().into());
                // What was there are arguments of another program.
                if !self.has_cmd {
                    config.shift_remove("Cmd");
                }
            }
            Change::Env(pairs) => pairs.iter().for_each(|(name, value)| set_variable(config, name, value)),
            Change::Label(pairs) => {
                let labels = object(config, "Labels");
                labels.extend(pairs.iter().map(|(name, value)| (name.clone(), value.as_str().into())));
            }
            Change::Expose(ports) => add_keys(config, "ExposedPorts", ports),
            Change::Volume(paths) => add_keys(config, "Volumes", paths),
            Change::OnBuild(line) => array(config, "OnBuild").push(line.as_str().into()),
            Change::StopSignal(signal) => drop(config.insert("StopSignal".to_owned(), signal.as_str().into())),
            Change::User(user) => drop(config.insert("User".to_owned(), user.as_str().into())),
            Change::Workdir(path) => {
                let before = config.get("WorkingDir").and_then(Value::as_str).unwrap_or_default();
                let path = match path.starts_with('/') {
                    true => path.clone(),
                    false => format!("{}/{path}", before.trim_end_matches('/')),
                };
                config.insert("WorkingDir".to_owned(), path.into());
            }
        }
    }

    /// The bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(&self.members).expect("a config is plain JSON")
    }
}

fn set_variable(config: &mut Map<String, Value>, name: &str, value: &str) {
    let variables = array(config, "Env");
    let is_it = |text: &str| text.split_once('=').map_or(text, |(name, _)| name) == name;
    let text = Value::from(format!("{name}={value}"));
    match variables.iter_mut().find(|known| known.as_str().is_some_and(is_it)) {
        Some(known) => *known = text,
        None => variables.push(text),
    }
}

fn add_keys(config: &mut Map<String, Value>, member: &str, keys: &[String]) {
    object(config, member).extend(keys.iter().map(|key| (key.clone(), json!({}))));
}

/// The member as an object: what is none, `null` for example, becomes an empty one.
fn object<'a>(members: &'a mut Map<String, Value>, name: &str) -> &'a mut Map<String, Value> {
    let value = members.entry(name).or_insert_with(|| json!({}));
    if !value.is_object() {
        *value = json!({});
    }
    value.as_object_mut().expect("it was just made one")
}

fn array<'a>(members: &'a mut Map<String, Value>, name: &str) -> &'a mut Vec<Value> {
    let value = members.entry(name).or_insert_with(|| json!([]));
    if !value.is_array() {
        *value = json!([]);
    }
    value.as_array_mut().expect("it was just made one")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{Digest, ImageConfig};

    const DEED: Deed<'_> = Deed { created: "1970-01-01T00:00:00Z", created_by: "a test", comment: None };

    fn apply(draft: &mut Draft, changes: &[&str]) -> Value {
        changes.iter().for_each(|text| draft.apply(&text.parse().expect("a change")));
        serde_json::from_slice(&draft.to_bytes()).expect("JSON")
    }

    #[test]
    fn an_image_of_nothing_is_a_config_for_its_platform() {
        let platform: Platform = "linux/arm/v7".parse().expect("a platform");
        let mut draft = Draft::scratch(&platform);
        draft.set_created(DEED.created);
        draft.add_layer(&DiffId(Digest::of(b"layer")), DEED);
        let config = ImageConfig::parse(&draft.to_bytes()).expect("a config");
        assert_eq!(config.platform(), Some(platform));
        assert_eq!(config.diff_ids(), [DiffId(Digest::of(b"layer"))]);
        let text = String::from_utf8(draft.to_bytes()).expect("text");
        assert!(text.starts_with(r#"{"created":"1970-01-01T00:00:00Z","architecture":"arm","os":"linux""#), "{text}");
    }

    #[test]
    fn changes_replace_what_they_name_and_leave_the_rest() {
        let base = br#"{"x-mine":1,"config":{"Env":["PATH=/bin","A=1"],"Labels":null,"Cmd":["sh"],"WorkingDir":"/srv","X":2},"rootfs":{"type":"layers","diff_ids":[]}}"#;
        let mut draft = Draft::of(base, 0).expect("a config").expect("of no layers");
        let seen = apply(
            &mut draft,
            &["ENV A=2 B=3", "LABEL l=m", "EXPOSE 80", "WORKDIR app", "USER 1000:1000", r#"ENTRYPOINT ["/app"]"#],
        );
        assert_eq!(
            seen["config"],
            json!({"Env": ["PATH=/bin", "A=2", "B=3"], "Labels": {"l": "m"}, "WorkingDir": "/srv/app", "X": 2,
                   "ExposedPorts": {"80/tcp": {}}, "User": "1000:1000", "Entrypoint": ["/app"]})
        );
        assert_eq!(seen["x-mine"], 1);
    }

    #[test]
    fn an_entrypoint_takes_away_arguments_that_were_another_programs() {
        let mut draft = Draft::scratch(&Platform::of_this_machine());
        let seen = apply(&mut draft, &[r#"CMD ["serve"]"#, r#"ENTRYPOINT ["/app"]"#]);
        assert_eq!(seen["config"], json!({"Cmd": ["serve"], "Entrypoint": ["/app"]}));
    }

    #[test]
    fn history_is_told_for_all_layers_or_for_none() {
        let without = format!(r#"{{"rootfs":{{"diff_ids":["{}"]}}}}"#, Digest::of(b"below"));
        let mut draft = Draft::of(without.as_bytes(), 1).expect("a config").expect("of one layer");
        draft.add_layer(&DiffId(Digest::of(b"layer")), DEED);
        let seen = apply(&mut draft, &[]);
        assert_eq!((seen.get("history"), seen["rootfs"]["diff_ids"].as_array().map(Vec::len)), (None, Some(2)));
        let mut draft = Draft::scratch(&Platform::of_this_machine());
        draft.add_layer(&DiffId(Digest::of(b"layer")), Deed { comment: Some("why"), ..DEED });
        draft.add_deed(DEED);
        let seen = apply(&mut draft, &[]);
        assert_eq!((&seen["history"][0]["comment"], &seen["history"][1]["empty_layer"]), (&json!("why"), &json!(true)));
    }

    #[test]
    fn a_config_that_does_not_fit_its_layers_is_no_base() {
        assert_eq!(Draft::of(b"{}", 2).expect("a config").unwrap_err(), DraftError { diff_ids: 0, layers: 2 });
        assert!(Draft::of(b"\x00asm", 0).is_none() && Draft::of(b"[]", 0).is_none());
    }
}
