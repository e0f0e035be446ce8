# SPDX-License-Identifier: GPL-2.0-or-later
"""Every place that a password may come from. The server knows one password, so each of these
tunnels comes up only if the right place was asked."""

from guest import one_release

# Credentials are systemd's, and the rest goes through pppd.
EACH_RELEASE = True

RIGHT, WRONG = "secret", "not-this-one"


@one_release
def case_password_file(vm):
    "PasswordFile= in [Authentication]."
    vm.tunnel("onenet", password=RIGHT).start()


@one_release
def case_password_file_for_all_to_read(vm):
    "A file that others may read is refused, and the remedy named."
    tunnel = vm.tunnel("onenet", password=RIGHT)
    vm.run("chmod", "644", "/etc/pptp/onenet.password")
    assert tunnel.start(check=False).returncode != 0
    text = "\n".join(tunnel.messages())
    assert "/etc/pptp/onenet.password" in text and "chmod" in text, text
    assert tunnel.exit_status == 78, tunnel.exit_status


def case_encrypted_credential(vm):
    "LoadCredentialEncrypted=, made with systemd-creds; it wins over a PasswordFile=."
    vm.write("/etc/credstore.encrypted/pptp.onenet.password.cred", "", mode=0o600)
    vm.run(f"printf %s {RIGHT} | systemd-creds encrypt --with-key=host --name=password - -"
           " >/etc/credstore.encrypted/pptp.onenet.password.cred")
    vm.tunnel("onenet", password=WRONG).start()


def case_plain_credential(vm):
    "LoadCredential= from /etc/credstore."
    vm.write("/etc/credstore/pptp.onenet.password", RIGHT, mode=0o600)
    vm.tunnel("onenet", password=None).start()


@one_release
def case_credential_beside_a_file(vm):
    """PasswordFile= is enough: systemd makes no file system for credentials. Of one that is added
    the journal and check say that it takes a daemon-reload (which tests/check-generator has)."""
    tunnel = vm.tunnel("onenet", password=RIGHT)
    vm.run("systemctl", "daemon-reload")
    tunnel.start()
    assert "/run/credentials/pptp@" not in vm.run("findmnt", "--list").stdout

    vm.write("/etc/credstore/pptp.onenet.password", RIGHT, mode=0o600)
    vm.write("/etc/pptp/onenet.password", WRONG, mode=0o600)
    check = vm.run("pptpctl", "check", "onenet", check=False)
    assert check.returncode != 0 and "systemctl daemon-reload" in check.stdout, check.stdout
    assert vm.run("systemctl", "restart", tunnel.unit, check=False).returncode != 0
    assert any("systemctl daemon-reload" in text for text in tunnel.messages())


def case_credential_of_a_drop_in(vm):
    """A drop-in of the unit has the password from a file of its own. It counts whatever its name
    is, and check names it as the start takes it, also where it is wrong."""
    tunnel = vm.tunnel("onenet", password=WRONG)
    drop_in = f"/etc/systemd/system/{tunnel.unit}.d/00-a.conf"
    vm.write("/run/secrets/vpn", RIGHT, mode=0o600)
    vm.write(drop_in, "[Service]\nLoadCredential=password:/run/secrets/vpn\n")
    vm.run("systemctl", "daemon-reload")
    vm.at_end(vm.run, "systemctl", "daemon-reload")

    def check():
        return " ".join(vm.run("pptpctl", "check", "onenet", check=False).stdout.split())

    assert "ok password credential /run/secrets/vpn (LoadCredential=password), in the place of " \
        "PasswordFile=" in check(), check()
    tunnel.start()

    # systemd has the old drop-in as long as it has the unit.
    vm.write(drop_in, f"[Service]\nLoadCredential=\nSetCredential=password:{RIGHT}\n")
    text = check()
    assert "(LoadCredential=password), in the place of PasswordFile=" in text, text
    assert "files of the unit have changed since systemd has read them" in text, text
    tunnel.stop()
    vm.run("systemctl", "daemon-reload")
    assert "ok password credential (SetCredential=password)" in check(), check()
    tunnel.start()
    tunnel.stop()

    vm.write(drop_in, "[Service]\nLoadCredential=password:/run/secrets/none\n")
    vm.run("systemctl", "daemon-reload")
    text = check()
    assert "credential /run/secrets/none (LoadCredential=password) does not exist" in text, text
    assert tunnel.start(check=False).returncode != 0
    assert tunnel.exit_status == 243, tunnel.exit_status


def case_chap_secrets(vm):
    "An old set-up's /etc/ppp/chap-secrets, in which pppd looks by itself."
    vm.write("/etc/ppp/chap-secrets", f"# client server secret addresses\nvpn * {RIGHT} *\n",
             mode=0o600)
    tunnel = vm.tunnel("onenet", password=None)
    tunnel.start()
    vm.ping("10.1.2.3")

    # One that is put in its place is what the next connection reads, and nothing else is there.
    vm.write("/etc/ppp/chap-secrets.new", "vpn * changed *\n", mode=0o600)
    vm.run("cp -p /etc/ppp/chap-secrets /etc/ppp/chap-secrets.old")
    vm.run("mv /etc/ppp/chap-secrets.new /etc/ppp/chap-secrets")
    vm.at_end(vm.run, "mv /etc/ppp/chap-secrets.old /etc/ppp/chap-secrets")
    inside = ("nsenter", f"--target={tunnel.show('MainPID')}", "--mount")
    assert vm.run(*inside, "cat", "/etc/ppp/chap-secrets").stdout == "vpn * changed *\n"
    assert vm.run(*inside, "ls", "-A", "/etc/ppp").stdout.split() == ["chap-secrets"]


@one_release
def case_no_password_anywhere(vm):
    "It fails at once, and says where a password could be put."
    tunnel = vm.tunnel("onenet", password=None)
    result = tunnel.start(check=False)
    assert result.returncode != 0 and result.seconds < 20, result
    entry = tunnel.wait_for_reason("CFG-05", 5)
    assert tunnel.state == "failed", tunnel.state
    assert "password" in entry["MESSAGE"], entry
