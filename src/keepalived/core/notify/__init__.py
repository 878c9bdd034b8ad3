"""Telling people and programs: scripts to call and mails to send."""
