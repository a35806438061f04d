"""The problems that only notifications has."""

from sample_services.web.problems import Kind

BASE = "https://notifications.example.com/problems/"

EVENT_DIFFERS = Kind("event-differs", "Another event with this id and source was delivered before")
