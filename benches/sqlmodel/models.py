"""The models, as SQLModel's own documentation has them."""

from sqlmodel import Field, Relationship, SQLModel


class HeroTeamLink(SQLModel, table=True):
    team_id: int | None = Field(default=None, foreign_key="team.id", primary_key=True)
    hero_id: int | None = Field(default=None, foreign_key="hero.id", primary_key=True)


class Team(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    name: str
    heroes: list["Hero"] = Relationship(back_populates="teams", link_model=HeroTeamLink)


class Hero(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    name: str
    age: int | None = None
    teams: list[Team] = Relationship(back_populates="heroes", link_model=HeroTeamLink)


class TeamPublic(SQLModel):
    id: int
    name: str


class HeroPublicWithTeams(SQLModel):
    """A hero as the API would show it."""

    id: int
    name: str
    age: int | None
    teams: list[TeamPublic]
