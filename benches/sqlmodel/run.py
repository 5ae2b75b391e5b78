"""SQLModel at the many-to-many work of `bench-kit`, with results where criterion has its own.

An argument leaves only the work whose name, such as `sqlite: link diff/sqlmodel/1000`, matches it.
"""

import json
import os
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from pydantic import TypeAdapter
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import close_all_sessions, selectinload
from sqlmodel import Session, create_engine, select

import data
from models import Hero, HeroPublicWithTeams, Team

SAMPLES = 10
WARM_UP, MEASURE = 0.2, 0.6

SHOWN = TypeAdapter(list[HeroPublicWithTeams])

Work = Callable[[], int]


def with_teams():
    return select(Hero).order_by(Hero.id).options(selectinload(Hero.teams))


def create(engine: Engine, n: int) -> Work:
    def work() -> int:
        with Session(engine) as session:
            teams = [Team(name=data.team(at)) for at in range(data.TEAMS)]
            for at in range(n):
                name, age = data.hero(at)
                of = [teams[team] for team in data.teams_of(at, False)]
                session.add(Hero(name=name, age=age, teams=of))
            session.commit()
        return n + data.TEAMS + n * 5

    return work


def eager(engine: Engine, n: int) -> Work:
    def work() -> int:
        with Session(engine) as session:
            return sum(1 + len(hero.teams) for hero in session.exec(with_teams()).all())

    return work


def loaded(engine: Engine) -> tuple[Session, list[Hero], list[Team]]:
    # Else each of them is read again, one by one, after a commit.
    session = Session(engine, expire_on_commit=False)
    heroes = session.exec(with_teams()).all()
    teams = session.exec(select(Team).order_by(Team.id)).all()
    session.commit()
    return session, list(heroes), list(teams)


def relink(engine: Engine, n: int) -> Work:
    session, heroes, teams = loaded(engine)
    turn = False

    def work() -> int:
        nonlocal turn
        turn = not turn
        for at, hero in enumerate(heroes):
            hero.teams = [teams[team] for team in data.teams_of(at, turn)]
            session.add(hero)
        session.commit()
        return len(heroes) * 2

    return work


def get(engine: Engine, n: int) -> Work:
    session = Session(engine)
    return lambda: int(session.get(Hero, 1) is not None)


def update(engine: Engine, n: int) -> Work:
    session, heroes, _ = loaded(engine)

    def work() -> int:
        for hero in heroes:
            hero.age += 1
            session.add(hero)
        session.commit()
        return len(heroes)

    return work


def show(engine: Engine, n: int) -> Work:
    def work() -> int:
        with Session(engine) as session:
            heroes = session.exec(with_teams()).all()
            shown = SHOWN.validate_python(heroes, from_attributes=True)
            return len(SHOWN.dump_json(shown))

    return work


WORKLOADS = {
    "many-to-many create": (create, 1000, lambda n: n + data.TEAMS + n * 5),
    "many-to-many eager load": (eager, 1000, lambda n: n + n * 5),
    "link diff": (relink, 1000, lambda n: n * 2),
    "get by key": (get, 1, lambda n: n),
    "update loaded rows": (update, 1000, lambda n: n),
    "heroes with teams to JSON": (show, 1000, lambda n: len(data.json(n))),
}


def engines() -> Iterator[tuple[str, Engine]]:
    engine = create_engine("sqlite://")
    enforce = "PRAGMA foreign_keys = ON"
    event.listen(engine, "connect", lambda connection, _: connection.execute(enforce))
    yield "sqlite", engine
    drivers = [("postgres", "RELATA_POSTGRES_URL", "postgresql+psycopg")]
    drivers.append(("mariadb", "RELATA_MYSQL_URL", "mysql+mysqldb"))
    for backend, variable, driver in drivers:
        if url := os.environ.get(variable):
            yield backend, create_engine(re.sub("^[a-z]+://", f"{driver}://", url))
        else:
            print(f"SKIPPED: sqlmodel on {backend}: no URL", file=sys.stderr)


def execute(engine: Engine, statements: list[str]) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def measure(once: Callable[[], float]) -> list[float]:
    """Seconds of one piece of work, for each sample."""
    spent, runs = 0.0, 0
    while spent < WARM_UP or runs < 2:
        spent, runs = spent + once(), runs + 1
    times = max(1, round(MEASURE / SAMPLES / (spent / runs)))
    return [sum(once() for _ in range(times)) / times for _ in range(SAMPLES)]


def cell(backend: str, engine: Engine, workload: str) -> list[float]:
    prepare, n, expected = WORKLOADS[workload]
    creates = prepare is create
    execute(engine, data.tables(backend) + ([] if creates else data.rows(backend, n)))
    work, expected = prepare(engine, n), expected(n)

    def once() -> float:
        if creates:
            execute(engine, data.CLEAR)
        start = time.perf_counter()
        done = work()
        spent = time.perf_counter() - start
        assert done == expected, f"sqlmodel {workload}: {done} instead of {expected}"
        return spent

    samples = measure(once)
    close_all_sessions()
    links = n * 5
    with engine.connect() as connection:
        there = connection.scalar(text("SELECT COUNT(*) FROM heroteamlink"))
    assert there == links, f"sqlmodel {workload}: {there} links instead of {links}"
    return samples


def write(group: str, n: int, samples: list[float]) -> None:
    name = f"{group}/sqlmodel/{n}"
    directory = re.sub(r'[?"\\*<>:|^]', "_", name)
    benchmark = {
        "group_id": group,
        "function_id": "sqlmodel",
        "value_str": str(n),
        "throughput": None,
        "full_id": name,
        "directory_name": directory,
        "title": name,
    }
    nanoseconds = [sample * 1e9 for sample in samples]
    estimates = {
        "mean": {"point_estimate": statistics.mean(nanoseconds)},
        "median": {"point_estimate": statistics.median(nanoseconds)},
    }
    path = Path(os.environ.get("CRITERION_HOME", "target/criterion"), directory, "new")
    path.mkdir(parents=True, exist_ok=True)
    (path / "benchmark.json").write_text(json.dumps(benchmark))
    (path / "estimates.json").write_text(json.dumps(estimates))
    print(f"{name:60} {statistics.median(samples) * 1e3:10.3f} ms")


def main() -> None:
    filters = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    for backend, engine in engines():
        for workload, (_, n, _) in WORKLOADS.items():
            group = f"{backend}: {workload}"
            if all(re.search(wanted, f"{group}/sqlmodel/{n}") for wanted in filters):
                write(group, n, cell(backend, engine, workload))


if __name__ == "__main__":
    main()
