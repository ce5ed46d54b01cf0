"""A real station tells a real mail server, also when it is killed in between."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from agent.cli.main import main
from drivers.simulated.modbus_slave import Fault
from tests.servers.mail import MailServer
from tests.servers.process import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from drivers.simulated.site import SimulatedSite
    from tests.system.agent_process import AgentProcess

MAIL = """
[[notify]]
id = "duty"
kind = "smtp"
host = "127.0.0.1"
port = {port}
security = "none"
sender = "st-01@example.org"
to = ["duty@example.org"]
kinds = ["sensor_fault"]
"""


def test_a_silent_probe_reaches_a_person_and_after_a_kill_in_between_under_the_same_name(
    make_agent: Callable[..., AgentProcess], site: SimulatedSite, capsys: pytest.CaptureFixture[str]
) -> None:
    """Killed when the message has come and nothing has been answered yet: it comes again, and is the same."""
    with closing(MailServer()) as server:
        agent = make_agent(MAIL.format(port=server.port), period_s=0.2).start()
        assert main(["notify", "test", "duty", "--config", str(agent.config)]) == 0
        assert "duty: the far side has taken it" in capsys.readouterr().out
        wait_until(lambda: agent.status()["journal"]["head"] > 0, "it samples")
        server.script = {".": [MailServer.HANG]}
        site.slave.fault(3, Fault.SILENT)
        wait_until(lambda: len(server.came) == 2, "a message has come", 30)
        agent.kill()
        agent.start()
        wait_until(lambda: len(server.taken) == 2, "it comes again", 30)
        site.slave.clear(3)
        wait_until(lambda: len(server.taken) == 3, "that it is over", 30)
        # The server has it a moment before the station has noted that.
        wait_until(lambda: agent.status()["notifiers"][0]["waiting"] == 0, "the station has noted it")
        (notifier,) = agent.status()["notifiers"]
        assert agent.stop() == 0
    exercise, raised, over = [mail.message for mail in server.taken]
    assert exercise["Subject"].startswith("[EXERCISE] ")
    assert raised["Subject"].startswith("[YELLOW] ")
    assert over["Subject"].startswith("[OVER, was YELLOW] ")
    assert raised["Message-ID"] == server.came[1]["Message-ID"]
    assert raised["References"] == over["References"]
    assert (notifier["waiting"], notifier["open"], notifier["last_error"]) == (0, 0, "")
