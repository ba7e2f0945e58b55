"""A real SMTP server for the tests: says its port, then every letter it takes as a line of JSON.

smtp.py plain|starttls|tls [certificate key]; the user `crm` has the password `secret word`; `nobody@…` is refused for good,
`later@…` for now."""
import asyncio, base64, json, ssl, sys

from aiosmtpd.smtp import SMTP, AuthResult

how, pem = sys.argv[1], sys.argv[2:]


class Box:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 5.1.1 nobody lives here"
        if address.startswith("later@"):
            return "451 4.3.0 come again"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        line = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "user": getattr(session, "who", None),
            "tls": how == "tls" or session.ssl is not None,
            "raw": base64.b64encode(envelope.content).decode(),
        }
        print(json.dumps(line), flush=True)
        return "250 OK"


def who(server, session, envelope, mechanism, data):
    good = data.login == b"crm" and data.password == b"secret word"
    session.who = "crm" if good else None
    # Not handled: the library says no for us.
    return AuthResult(success=good, handled=False)


def context():
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(*pem)
    return made


def line():
    # Over a line that is private from the first byte the library does not know that it is.
    tls = context() if how == "starttls" else None
    return SMTP(Box(), hostname="localhost", tls_context=tls, require_starttls=bool(tls), authenticator=who, auth_require_tls=bool(tls))


async def serve():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(line, "127.0.0.1", 0, ssl=context() if how == "tls" else None)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(serve())
