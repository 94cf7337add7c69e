//! Debian's OpenLDAP, started for a test on loopback in a folder of its own.

use std::{
    collections::HashSet,
    env,
    fmt::Write as _,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Once,
    time::Duration,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use ldap3::{Ldap, LdapConnAsync, Mod};
use tempfile::TempDir;
use tokio::{net::TcpStream, time::sleep};
use tsunagu_local::directory::Entry;
use tsunagu_tests::elsewhere::free_address;

use crate::{certificates::Certificates, people::BASE};

/// Makes a missing OpenLDAP a failure.
const REQUIRE: &str = "REQUIRE_SLAPD";
/// Where the server is, on Debian and on others.
const PLACES: [&str; 3] = ["/usr/sbin/slapd", "/usr/lib/openldap/slapd", "/usr/libexec/slapd"];
/// Where its schemata are.
const SCHEMATA: [&str; 2] = ["/etc/ldap/schema", "/etc/openldap/schema"];
const MODULES: &str = "/usr/lib/ldap";
const ADMIN: &str = "cn=admin,dc=example,dc=com";
const ADMINS_SECRET: &str = "the administrator's secret";

/// A running server; it ends when it is dropped.
pub(crate) struct Slapd {
    pub(crate) plain: u16,
    pub(crate) tls: u16,
    pub(crate) certificates: Certificates,
    server: Child,
    _folder: TempDir,
}

impl Slapd {
    /// Starts one of these entries; `None` where there is none, which is said loudly.
    pub(crate) async fn start(entries: &[Entry]) -> Option<Self> {
        Self::with_access(entries, "").await
    }

    /// The same with more rules of access, before those that let everybody read.
    pub(crate) async fn with_access(entries: &[Entry], access: &str) -> Option<Self> {
        let binary = installed()?;
        let folder = TempDir::new().expect("a folder is made");
        let certificates = Certificates::new();
        let program = prepare(&binary, folder.path(), &certificates, access);
        load(&program, folder.path(), entries);
        for _attempt in 0..5 {
            let (plain, tls) = (free_address().port(), free_address().port());
            let mut server = run(&program, folder.path(), plain, tls);
            if is_up(&mut server, folder.path(), plain).await {
                return Some(Self { plain, tls, certificates, server, _folder: folder });
            }
        }
        panic!("slapd does not start");
    }

    pub(crate) async fn add(&self, entry: &Entry) {
        let password = entry.password().map(|password| password.as_bytes().to_vec());
        let password = password.map(|password| ("userPassword".to_owned(), vec![password]));
        // The server gives ids itself.
        let own = entry.attributes().iter().filter(|(name, _)| name != "entryUUID").cloned();
        let bytes = |(name, values): (String, Vec<Vec<u8>>)| {
            (name.into_bytes(), values.into_iter().collect::<HashSet<_>>())
        };
        let attributes = own.chain(password).map(bytes).collect();
        let added = self.admin().await.add(entry.dn().as_str(), attributes).await;
        added.and_then(ldap3::LdapResult::success).expect("it is added");
    }

    pub(crate) async fn remove(&self, dn: &str) {
        let removed = self.admin().await.delete(dn).await;
        removed.and_then(ldap3::LdapResult::success).expect("it is removed");
    }

    pub(crate) async fn set_password(&self, dn: &str, password: &str) {
        let change = Mod::Replace("userPassword", HashSet::from([password]));
        let changed = self.admin().await.modify(dn, vec![change]).await;
        changed.and_then(ldap3::LdapResult::success).expect("it is changed");
    }

    /// Gives a name another one.
    pub(crate) async fn rename(&self, dn: &str, name: &str) {
        let renamed = self.admin().await.modifydn(dn, name, true, None).await;
        renamed.and_then(ldap3::LdapResult::success).expect("it is renamed");
    }

    async fn admin(&self) -> Ldap {
        let url = format!("ldap://127.0.0.1:{}", self.plain);
        let (connection, mut ldap) = LdapConnAsync::new(&url).await.expect("it is up");
        ldap3::drive!(connection);
        let bound = ldap.simple_bind(ADMIN, ADMINS_SECRET).await;
        bound.and_then(ldap3::LdapResult::success).expect("the administrator is let in");
        ldap
    }
}

impl Drop for Slapd {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn installed() -> Option<PathBuf> {
    let found = PLACES.iter().map(PathBuf::from).find(|place| place.exists());
    if found.is_none() {
        let required = env::var(REQUIRE).is_ok_and(|value| value == "1");
        assert!(!required, "OpenLDAP is required ({REQUIRE}=1), but slapd is not installed");
        say_left_out();
    }
    found
}

/// Says it once a process, on the process's own standard error, which the test runner does not hide.
fn say_left_out() {
    static SAID: Once = Once::new();
    SAID.call_once(|| {
        let line = "\n!!!! OpenLDAP is LEFT OUT: slapd is not installed.\n\n";
        // A closed standard error is no reason to fail.
        let _ = std::io::stderr().write_all(line.as_bytes());
    });
}

/// Lays out the folder, and gives the program to run: a copy, because distributions confine the
/// program at its own place to its own folders.
fn prepare(binary: &Path, folder: &Path, certificates: &Certificates, access: &str) -> PathBuf {
    let program = folder.join("slapd");
    fs::copy(binary, &program).expect("the program is copied");
    fs::create_dir(folder.join("data")).expect("a folder is made");
    let files = [
        ("certificate.pem", &certificates.certificate),
        ("key.pem", &certificates.key),
        ("authority.pem", &certificates.authority),
        ("slapd.conf", &configuration(folder, access)),
    ];
    for (name, text) in files {
        fs::write(folder.join(name), text).expect("a file is written");
    }
    program
}

fn configuration(folder: &Path, access: &str) -> String {
    let schemata = SCHEMATA.iter().find(|place| Path::new(place).exists());
    let schemata = schemata.expect("slapd comes with its schemata");
    let folder = folder.display();
    let module = Path::new(MODULES).join("back_mdb.la").exists();
    let modules =
        if module { format!("modulepath {MODULES}\nmoduleload back_mdb") } else { String::new() };
    format!(
        "include {schemata}/core.schema\n\
         include {schemata}/cosine.schema\n\
         include {schemata}/inetorgperson.schema\n\
         include {schemata}/nis.schema\n\
         {modules}\n\
         attributetype ( 1.2.840.113556.1.4.656 NAME 'userPrincipalName' \
           EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )\n\
         attributetype ( 1.2.840.113556.1.4.2 NAME 'objectGUID' \
           EQUALITY octetStringMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 SINGLE-VALUE )\n\
         pidfile {folder}/slapd.pid\n\
         TLSCACertificateFile {folder}/authority.pem\n\
         TLSCertificateFile {folder}/certificate.pem\n\
         TLSCertificateKeyFile {folder}/key.pem\n\
         database mdb\n\
         maxsize 268435456\n\
         suffix {BASE}\n\
         rootdn {ADMIN}\n\
         rootpw \"{ADMINS_SECRET}\"\n\
         directory {folder}/data\n\
         index objectClass,uid,entryUUID eq\n\
         access to attrs=userPassword by anonymous auth by * none\n\
         {access}\n\
         access to * by * read\n"
    )
}

/// Fills the database before the server runs, ids included.
fn load(program: &Path, folder: &Path, entries: &[Entry]) {
    let file = folder.join("entries.ldif");
    fs::write(&file, entries.iter().map(ldif).collect::<String>()).expect("a file is written");
    let loaded = Command::new(program)
        .args(["-T", "add", "-q", "-f"])
        .arg(folder.join("slapd.conf"))
        .arg("-l")
        .arg(file)
        .output()
        .expect("the program runs");
    assert!(loaded.status.success(), "{}", String::from_utf8_lossy(&loaded.stderr));
}

/// An entry as LDIF (RFC 2849), every value in base 64.
fn ldif(entry: &Entry) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &[u8]| {
        writeln!(text, "{name}:: {}", BASE64_STANDARD.encode(value)).expect("a text takes it");
    };
    line("dn", entry.dn().as_str().as_bytes());
    for (name, values) in entry.attributes() {
        for value in values {
            line(name, value);
        }
    }
    if let Some(password) = entry.password() {
        line("userPassword", password.as_bytes());
    }
    text + "\n"
}

fn run(program: &Path, folder: &Path, plain: u16, tls: u16) -> Child {
    Command::new(program)
        // A level of messages, none of them, keeps it from going to the background.
        .args(["-d", "0", "-h"])
        .arg(format!("ldap://127.0.0.1:{plain}/ ldaps://127.0.0.1:{tls}/"))
        .arg("-f")
        .arg(folder.join("slapd.conf"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program runs")
}

/// Whether it listens; not, where it ended, because somebody else took one of its ports.
async fn is_up(server: &mut Child, folder: &Path, port: u16) -> bool {
    let number = server.id().to_string();
    for _wait in 0..200 {
        if server.try_wait().expect("its end is seen").is_some() {
            return false;
        }
        // It writes its number when it has its ports.
        let written = fs::read_to_string(folder.join("slapd.pid")).unwrap_or_default();
        let listens = written.trim() == number;
        if listens && TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            return true;
        }
        sleep(Duration::from_millis(20)).await;
    }
    false
}
