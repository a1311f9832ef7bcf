"""Which processes serve."""

from procrastinate.contrib.django import app

from semblance.common.serving import WORKERS, Plan, children

PLAN = Plan(port=1, gateway_port=2, worker=True, database_url="", gateway_database_url="")


def test_every_queue_has_a_worker() -> None:
    queues = {task.queue for task in app.tasks.values() if task.queue != "builtin"}

    assert queues == {queue for served in WORKERS.values() for queue in served}


def test_evaluations_have_a_worker_of_their_own() -> None:
    commands = [child.command for child in children(PLAN) if "worker" in child.command]

    queues = [set(command[command.index("--queues") + 1].split(",")) for command in commands]
    assert queues == [{"index", "files", "housekeeping"}, {"evaluate", "housekeeping"}]


def test_jobs_can_be_left_to_workers_elsewhere() -> None:
    plan = Plan(port=1, gateway_port=2, worker=False, database_url="", gateway_database_url="")

    assert not [child for child in children(plan) if "worker" in child.command]
