"""Certificates made for one test."""

import datetime
import ipaddress
import ssl

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

PEM = serialization.Encoding.PEM


def key_of(kind):
    if kind == "ec":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(public_exponent=65537, key_size=int(kind.removeprefix("rsa")))


class Certificate:
    """A self-signed certificate for this machine, with its key, written to NAME.pem and NAME.key."""

    def __init__(self, folder, name, kind="ec", begins_days=-1, ends_days=90, password=None):
        self.cert, self.key = folder / f"{name}.pem", folder / f"{name}.key"
        key = key_of(kind)
        now = datetime.datetime.utcnow()
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        made = (x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
                .serial_number(x509.random_serial_number())
                .not_valid_before(now + datetime.timedelta(days=begins_days))
                .not_valid_after(now + datetime.timedelta(days=ends_days))
                .add_extension(x509.SubjectAlternativeName(names), critical=False)
                .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
                .sign(key, hashes.SHA256()))
        hidden = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
        self.cert.write_bytes(made.public_bytes(PEM))
        self.key.write_bytes(key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, hidden))
        self.key.chmod(0o600)
        self.der = made.public_bytes(serialization.Encoding.DER)

    @property
    def flags(self):
        return ("--tls-cert", self.cert, "--tls-key", self.key)

    def context(self, lowest=None, highest=None):
        """What a client that trusts this certificate, and no other, begins with."""
        context = ssl.create_default_context(cafile=self.cert)
        context.minimum_version = lowest or context.minimum_version
        context.maximum_version = highest or context.maximum_version
        return context

    def replace(self, other):
        """Has other's files stand where these do, as who renews a certificate would."""
        for mine, theirs in ((self.cert, other.cert), (self.key, other.key)):
            staged = mine.with_suffix(".new")
            staged.write_bytes(theirs.read_bytes())
            staged.chmod(0o600)
            staged.rename(mine)
