"""The coach's pages: examples are found, cut, ordered and shared; and the page of each agent."""

from __future__ import annotations

from fastapi import APIRouter

from qm.web.coach import agent, api, clips, found, mine, playlists, sound

ROUTERS: tuple[APIRouter, ...] = (
    found.router,
    clips.router,
    playlists.router,
    agent.router,
    mine.router,
    sound.router,
    api.router,
)
