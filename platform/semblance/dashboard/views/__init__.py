"""Thin views: form, domain function, template."""
