//! The configuration file that Python netbox-sdk shares with us, and the environment before it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use netbox_sdk::{Client, Config, ErrorKind, Profile, Profiles, Token};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::needed;

const V2: &str = "nbt_ProfileKey12.ProfileSecret3456ProfileSecret3456Profil";
const V1: &str = "0123456789abcdef0123456789abcdef01234567";

/// A folder for `XDG_CONFIG_HOME`.
struct Home(TempDir);

impl Home {
    fn new() -> Home {
        Home(TempDir::new().unwrap())
    }

    /// One whose file holds this.
    fn with(document: &Value) -> Home {
        let home = Home::new();
        home.write("netbox-sdk", &document.to_string());
        home
    }

    fn write(&self, folder: &str, text: &str) {
        fs::create_dir_all(self.0.path().join(folder)).unwrap();
        fs::write(self.0.path().join(folder).join("config.json"), text).unwrap();
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("netbox-sdk").join("config.json")
    }

    fn profiles(&self) -> Profiles {
        Profiles::at(self.file()).unwrap()
    }

    fn document(&self) -> Value {
        serde_json::from_slice(&fs::read(self.file()).unwrap()).unwrap()
    }

    /// Runs Python netbox-sdk here. The script has `json` and the module `config`, and prints JSON.
    fn python(&self, script: &str) -> Option<Value> {
        let output = Command::new(needed("NETBOX_SDK_PYTHON")?)
            .args(["-c", &format!("import json\nfrom netbox_sdk import config\n{script}")])
            .env("XDG_CONFIG_HOME", self.0.path())
            .env_remove("NETBOX_URL")
            .env_remove("NETBOX_TOKEN_KEY")
            .env_remove("NETBOX_TOKEN_SECRET")
            .env_remove("NETBOX_SSL_VERIFY")
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        assert!(output.status.success());
        Some(serde_json::from_slice(&output.stdout).unwrap_or_default())
    }

    /// Runs a test of this file in a process of its own, where `XDG_CONFIG_HOME` is this folder, and gives what it reports.
    fn child(&self, task: &str, variables: &[(&str, &str)]) -> Value {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "profiles::child_does_its_task", "--nocapture"]);
        std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("NETBOX_")).for_each(|(name, _)| {
            command.env_remove(name);
        });
        let output = command.env("XDG_CONFIG_HOME", self.0.path()).env(TASK, task).envs(variables.iter().copied()).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let report = text.lines().find_map(|line| line.split_once(REPORT)).map(|(_, report)| report);
        serde_json::from_str(report.unwrap_or_else(|| panic!("no report: {text} {}", String::from_utf8_lossy(&output.stderr)))).unwrap()
    }
}

/// Names what a child has to do.
const TASK: &str = "NETBOX_SDK_TEST_TASK";
const REPORT: &str = "report: ";

/// Variables cannot be set in a process that has threads, so what reads them runs in a process of its own.
#[test]
fn child_does_its_task() {
    let report = match std::env::var(TASK).as_deref() {
        Ok("configure") => match (Config::from_env(), Client::from_env()) {
            (Ok(config), Ok(client)) => {
                assert_eq!(client.config().base_url(), config.base_url());
                described(&config)
            }
            (Err(error), Err(_)) => {
                assert_eq!(error.kind(), ErrorKind::Config);
                json!({ "error": error.to_string() })
            }
            (config, client) => panic!("{config:?} {client:?}"),
        },
        Ok("configure lab") => described(&Config::from_profile("lab").unwrap()),
        Ok("add") => {
            let mut profiles = Profiles::load().unwrap();
            profiles.set("added", Profile::new("added.example.com").unwrap());
            profiles.save().unwrap();
            json!({ "path": profiles.path(), "names": profiles.names().collect::<Vec<_>>() })
        }
        _ => return,
    };
    println!("{REPORT}{report}");
}

fn described(config: &Config) -> Value {
    json!({
        "url": config.base_url(),
        "token": config.token().map(Token::expose),
        "verify": config.verifies_certificates(),
        "seconds": config.timeouts().attempt.as_secs(),
    })
}

#[test]
fn what_python_writes_is_read_here() {
    let home = Home::new();
    let done = home.python(
        "
config.save_config(config.Config(base_url='https://a.example.com/netbox/', token_key='ProfileKey12', token_secret='s3cret'))
config.save_profile_config('prefixed', config.Config(base_url='b.example.com:8443', token_key='nbt_Key', token_secret='s3cret', ssl_verify=False))
config.save_profile_config('old', config.Config(base_url='http://c.example.com', token_version='v1', token_secret='0123abcd', timeout=7.5))
config.save_profile_config('bare', config.Config(base_url='https://d.example.com/api'))
names = ['default', 'prefixed', 'old', 'bare']
loaded = [config.load_profile_config(name) for name in names]
print(json.dumps([[name, c.base_url, config.resolved_token(c), c.ssl_verify, c.timeout] for name, c in zip(names, loaded)]))",
    );
    let Some(rows) = done else { return };
    let profiles = home.profiles();
    let rows = rows.as_array().unwrap();
    assert_eq!(profiles.names().count(), rows.len());
    for row in rows {
        let profile = profiles.get(row[0].as_str().unwrap()).unwrap();
        assert_eq!(json!(profile.base_url()), row[1]);
        assert_eq!(json!(profile.token().unwrap().as_ref().map(Token::expose)), row[2], "{}", row[0]);
        assert_eq!(json!(profile.ssl_verify()), row[3]);
        assert_eq!(json!(profile.timeout()), row[4]);
    }
}

#[test]
fn what_we_write_is_read_by_python() {
    let home = Home::new();
    let mut profiles = home.profiles();
    let profile = |url: &str, token: &str| Profile::new(url).unwrap().with_token(&Token::new(token).unwrap());
    profiles.set("default", profile("https://a.example.com/netbox/api/", V2));
    profiles.set("old", profile("http://b.example.com:8080", V1).with_ssl_verify(Some(false)).with_timeout(7.5));
    profiles.set("bare", Profile::new("c.example.com").unwrap().with_ssl_verify(Some(true)));
    profiles.save().unwrap();
    let seen = home.python(
        "
loaded = [config.load_profile_config(name) for name in ['default', 'old', 'bare']]
print(json.dumps([[c.base_url, config.authorization_header_value(c), c.ssl_verify, c.timeout] for c in loaded]))",
    );
    let Some(seen) = seen else { return };
    let expected = json!([
        ["https://a.example.com/netbox", format!("Bearer {V2}"), null, 30.0],
        ["http://b.example.com:8080", format!("Token {V1}"), false, 7.5],
        ["https://c.example.com", null, true, 30.0],
    ]);
    assert_eq!(seen, expected);
}

#[test]
fn both_change_one_file_in_turn() {
    let home = Home::new();
    let mut profiles = home.profiles();
    profiles.set("ours", Profile::new("https://a.example.com").unwrap().with_token(&Token::new(V2).unwrap()));
    profiles.save().unwrap();
    let saved =
        home.python("config.save_profile_config('theirs', config.Config(base_url='b.example.com', otel_enabled=True)); print('null')");
    if saved.is_none() {
        return;
    }
    let mut profiles = home.profiles();
    assert_eq!(profiles.names().collect::<Vec<_>>(), ["ours", "theirs"]);
    assert_eq!(profiles.get("ours").unwrap().token().unwrap().unwrap().expose(), V2);
    profiles.set("theirs", Profile::new("https://c.example.com").unwrap());
    profiles.save().unwrap();
    let seen = home.python("c = config.load_profile_config('theirs'); print(json.dumps([c.base_url, c.otel_enabled]))");
    assert_eq!(seen, Some(json!(["https://c.example.com", true])));
}

#[test]
fn a_new_base_url_does_not_keep_the_token_of_the_former() {
    let folder = tempfile::tempdir().unwrap();
    let mut profiles = Profiles::at(folder.path().join("config.json")).unwrap();
    let token = Token::new("abcd").unwrap();
    profiles.set("lab", Profile::new("https://a.example.com").unwrap().with_token(&token).with_ssl_verify(Some(false)));
    profiles.set("lab", Profile::new("https://a.example.com").unwrap().with_timeout(7.0));
    assert!(profiles.get("lab").unwrap().token().unwrap().is_some());
    profiles.set("lab", Profile::new("http://b.example.com").unwrap());
    let moved = profiles.get("lab").unwrap();
    assert!(moved.token().unwrap().is_none() && moved.ssl_verify().is_none());
    assert_eq!(moved.timeout(), Some(7.0));
}

#[test]
fn unknown_members_survive_our_save() {
    let home = Home::with(&json!({
        "schema": 7,
        "profiles": {"lab": {"base_url": "https://a.example.com", "color": {"of": "rack"}, "otel_enabled": true}, "odd": 5},
    }));
    let mut profiles = home.profiles();
    assert_eq!(profiles.names().collect::<Vec<_>>(), ["lab"]);
    profiles.set("lab", Profile::new("https://b.example.com").unwrap());
    profiles.set("new", Profile::new("https://c.example.com").unwrap());
    profiles.save().unwrap();
    let expected = json!({
        "schema": 7,
        "profiles": {
            "lab": {"base_url": "https://b.example.com", "color": {"of": "rack"}, "otel_enabled": true},
            "odd": 5,
            "new": {"base_url": "https://c.example.com"},
        },
    });
    assert_eq!(home.document(), expected);
}

#[test]
fn a_removed_profile_is_gone_from_the_file() {
    let home = Home::with(&json!({"profiles": {"lab": {"base_url": "https://a.example.com"}, "other": {}}}));
    let mut profiles = home.profiles();
    assert!(profiles.remove("lab"));
    assert!(!profiles.remove("lab"));
    profiles.save().unwrap();
    assert_eq!(home.document(), json!({"profiles": {"other": {}}}));
}

#[test]
fn a_flat_file_is_the_default_profile_and_is_saved_as_one() {
    let flat = json!({
        "base_url": "https://a.example.com", "token_version": "V1 ", "token_key": null, "token_secret": V1, "ssl_verify": "off",
        "timeout": "12", "schema": 7,
    });
    let home = Home::with(&flat);
    let profile = home.profiles().get("default").unwrap();
    assert_eq!(profile.base_url(), Some("https://a.example.com"));
    assert_eq!(profile.token().unwrap().unwrap().expose(), V1);
    assert_eq!((profile.ssl_verify(), profile.timeout()), (Some(false), Some(12.0)));
    home.profiles().save().unwrap();
    assert_eq!(home.document()["schema"], 7);
    assert_eq!(home.document()["profiles"]["default"]["token_secret"], V1);
    assert!(home.document().get("base_url").is_none());
    let seen = home.python("c = config.load_config(); print(json.dumps([c.base_url, config.resolved_token(c), c.ssl_verify, c.timeout]))");
    assert!(seen.is_none_or(|seen| seen == json!(["https://a.example.com", V1, false, 12.0])));
}

#[test]
fn the_file_of_netbox_cli_is_read_and_saved_at_the_new_place() {
    let home = Home::new();
    let legacy = json!({"profiles": {"lab": {"base_url": "https://a.example.com"}}}).to_string();
    home.write("netbox-cli", &legacy);
    assert_eq!(home.child("add", &[]), json!({"path": home.file(), "names": ["added", "lab"]}));
    assert_eq!(home.profiles().names().collect::<Vec<_>>(), ["added", "lab"]);
    assert_eq!(fs::read_to_string(home.0.path().join("netbox-cli/config.json")).unwrap(), legacy);
    // From now on the new file counts.
    home.write("netbox-cli", "{}");
    assert_eq!(home.child("add", &[])["names"], json!(["added", "lab"]));
}

#[test]
fn tokens_that_do_not_fit_their_profile_are_errors_that_say_what_to_mend() {
    for (profile, expected) in [
        (json!({"token_secret": "s3cret"}), "token_key"),
        (json!({"token_key": "Key", "token_secret": "two words"}), "token secret"),
        (json!({"token_key": "nbt_Key.s3cret", "token_secret": "s3cret"}), "whole token"),
    ] {
        let home = Home::with(&json!({"profiles": {"lab": profile}}));
        let error = home.profiles().get("lab").unwrap().token().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains(expected) && !error.to_string().contains("s3cret"), "{error}");
    }
    let home = Home::with(&json!({"profiles": {"lab": {"token_key": "Key"}, "whole": {"token_secret": V2}}}));
    assert!(home.profiles().get("lab").unwrap().token().unwrap().is_none());
    assert_eq!(home.profiles().get("whole").unwrap().token().unwrap().unwrap().expose(), V2);
}

#[test]
fn variables_win_over_the_default_profile() {
    let home = Home::with(&json!({"profiles": {
        "default": {"base_url": "https://a.example.com", "token_key": "Key", "token_secret": "s3cret", "ssl_verify": false, "timeout": 45},
        "lab": {"base_url": "https://lab.example.com/netbox", "token_version": "v1", "token_secret": V1, "timeout": 30.0},
    }}));
    let of_profile = json!({"url": "https://a.example.com", "token": "nbt_Key.s3cret", "verify": false, "seconds": 45});
    let with = |changes: Value| {
        let mut all = of_profile.clone();
        all.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        all
    };
    let elsewhere = json!({"url": "https://b.example.com", "token": null, "verify": true, "seconds": 120});
    let own = ("NETBOX_URL", "A.example.com/");
    let other = ("NETBOX_URL", "b.example.com");
    for (variables, expected) in [
        (vec![], of_profile.clone()),
        (vec![own], of_profile.clone()),
        (vec![("NETBOX_URL", ""), ("NETBOX_TOKEN", " "), ("NETBOX_SSL_VERIFY", "")], of_profile.clone()),
        (vec![("NETBOX_TOKEN", V1)], with(json!({"token": V1}))),
        (vec![("NETBOX_TOKEN", V1), ("NETBOX_TOKEN_KEY", "K"), ("NETBOX_TOKEN_SECRET", "S")], with(json!({"token": V1}))),
        (vec![("NETBOX_TOKEN_KEY", "K"), ("NETBOX_TOKEN_SECRET", "S")], with(json!({"token": "nbt_K.S"}))),
        (vec![("NETBOX_TOKEN_SECRET", "S")], with(json!({"token": "nbt_Key.S"}))),
        (vec![("NETBOX_SSL_VERIFY", "On")], with(json!({"verify": true}))),
        // Nothing of the profile is for another server.
        (vec![other], elsewhere),
        (vec![other, ("NETBOX_TOKEN", V2)], json!({"url": "https://b.example.com", "token": V2, "verify": true, "seconds": 120})),
        (
            vec![other, ("NETBOX_TOKEN_SECRET", "S"), ("NETBOX_SSL_VERIFY", "no")],
            json!({"url": "https://b.example.com", "token": "S", "verify": false, "seconds": 120}),
        ),
    ] {
        assert_eq!(home.child("configure", &variables), expected, "{variables:?}");
    }
    // A named profile does not look at the variables.
    let lab = json!({"url": "https://lab.example.com/netbox", "token": V1, "verify": true, "seconds": 120});
    assert_eq!(home.child("configure lab", &[other, ("NETBOX_TOKEN", V2)]), lab);
}

#[test]
fn a_bad_environment_is_an_error_that_names_what_to_mend() {
    for (variables, expected) in [
        (vec![], "NETBOX_URL"),
        (vec![("NETBOX_URL", "ftp://a.example.com")], "http://"),
        (vec![("NETBOX_URL", "a.example.com"), ("NETBOX_TOKEN", "two words")], "NETBOX_TOKEN:"),
        (vec![("NETBOX_URL", "a.example.com"), ("NETBOX_TOKEN_KEY", "K")], "NETBOX_TOKEN_SECRET"),
        (vec![("NETBOX_URL", "a.example.com"), ("NETBOX_SSL_VERIFY", "perhaps")], "NETBOX_SSL_VERIFY"),
    ] {
        let report = Home::new().child("configure", &variables);
        let error = report["error"].as_str().unwrap();
        assert!(error.contains(expected) && !error.contains("two words"), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_utf8_is_an_error() {
    use std::os::unix::ffi::OsStrExt;
    let home = Home::new();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "profiles::child_does_its_task", "--nocapture"])
        .env("XDG_CONFIG_HOME", home.0.path())
        .env(TASK, "configure")
        .env("NETBOX_URL", "a.example.com")
        .env("NETBOX_TOKEN", std::ffi::OsStr::from_bytes(b"abc\xff"))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("NETBOX_TOKEN is not UTF-8"), "{text}");
}

#[test]
fn a_broken_file_does_not_stop_who_sets_all_variables() {
    let home = Home::new();
    home.write("netbox-sdk", "{");
    assert!(home.child("configure", &[])["error"].as_str().unwrap().contains("config.json"));
    let report = home.child("configure", &[("NETBOX_URL", "a.example.com"), ("NETBOX_TOKEN", V1)]);
    assert_eq!(report["token"], V1);
}

#[test]
fn a_file_that_cannot_be_read_or_understood_is_an_error_and_stays_as_it_is() {
    for text in [&b""[..], b"{", b"[]", b"null", b"{\"profiles\": []}", b"{\"profiles\": {\"lab\": {}}} more", b"\xff\xfe"] {
        let home = Home::new();
        home.write("netbox-sdk", "");
        fs::write(home.file(), text).unwrap();
        let error = Profiles::at(home.file()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains(home.file().to_str().unwrap()), "{error}");
        assert_eq!(fs::read(home.file()).unwrap(), text);
    }
    let home = Home::new();
    fs::create_dir_all(home.file()).unwrap();
    assert_eq!(Profiles::at(home.file()).unwrap_err().kind(), ErrorKind::Config);
}

#[test]
fn the_message_about_a_broken_file_shows_nothing_of_it() {
    let home = Home::new();
    home.write("netbox-sdk", r#"{"profiles": {"lab": {"token_secret": "hidden"x}}}"#);
    let error = Profiles::at(home.file()).unwrap_err();
    assert!(error.to_string().contains("line 1"), "{error}");
    assert!(!format!("{error} {error:?}").contains("hidden"), "{error:?}");
}

#[test]
fn a_missing_file_is_one_without_profiles() {
    let home = Home::new();
    assert_eq!(home.profiles().names().count(), 0);
    assert!(home.profiles().get("default").is_none());
    assert!(!home.file().exists());
}

/// What is in the folder of the file.
fn beside(file: &Path) -> Vec<String> {
    fs::read_dir(file.parent().unwrap()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[cfg(unix)]
#[test]
fn file_and_folder_are_for_their_owner_only_and_no_temporary_file_stays() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    for was_there in [false, true] {
        let home = Home::new();
        if was_there {
            home.write("netbox-sdk", "{}");
            fs::set_permissions(home.file(), PermissionsExt::from_mode(0o644)).unwrap();
            fs::set_permissions(home.file().parent().unwrap(), PermissionsExt::from_mode(0o755)).unwrap();
        }
        home.profiles().save().unwrap();
        assert_eq!((mode(&home.file()), mode(home.file().parent().unwrap())), (0o600, 0o700));
        assert_eq!(beside(&home.file()), ["config.json"]);
    }
}

#[cfg(unix)]
#[test]
fn a_folder_that_is_not_ours_keeps_its_mode() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    let file = home.0.path().join("shared").join("netbox.json");
    fs::create_dir(file.parent().unwrap()).unwrap();
    fs::set_permissions(file.parent().unwrap(), PermissionsExt::from_mode(0o755)).unwrap();
    Profiles::at(&file).unwrap().save().unwrap();
    assert_eq!(file.parent().unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o755);
}

#[test]
fn a_save_that_fails_leaves_no_temporary_file() {
    let home = Home::new();
    let profiles = home.profiles();
    // A folder cannot be replaced by a file.
    fs::create_dir_all(home.file().join("in the way")).unwrap();
    let error = profiles.save().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("config.json"), "{error}");
    assert_eq!(beside(&home.file()), ["config.json"]);
}

#[cfg(unix)]
#[test]
fn a_linked_file_stays_a_link() {
    // The file of the link may be missing; links may be relative, and lead to links.
    for (is_there, links) in [(true, vec!["../real.json"]), (false, vec!["../real.json"]), (true, vec!["other.json", "../real.json"])] {
        let home = Home::new();
        let real = home.0.path().join("real.json");
        if is_there {
            fs::write(&real, "{\"schema\": 7}").unwrap();
        }
        fs::create_dir(home.file().parent().unwrap()).unwrap();
        let mut link = home.file();
        for target in links {
            std::os::unix::fs::symlink(target, &link).unwrap();
            link = link.with_file_name(target);
        }
        let mut profiles = home.profiles();
        profiles.set("lab", Profile::new("https://a.example.com").unwrap());
        profiles.save().unwrap();
        assert!(home.file().is_symlink());
        assert!(real.is_file() && !real.is_symlink());
        assert_eq!(home.profiles().names().collect::<Vec<_>>(), ["lab"]);
    }
}

#[cfg(unix)]
#[test]
fn links_that_lead_in_a_circle_are_an_error() {
    let home = Home::new();
    fs::create_dir(home.file().parent().unwrap()).unwrap();
    std::os::unix::fs::symlink("config.json", home.file()).unwrap();
    assert_eq!(Profiles::at(home.file()).unwrap_err().kind(), ErrorKind::Config);
}
