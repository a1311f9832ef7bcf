"""The plugin's own suite runs where the plugin is installed: see tests/extractors/test_third_party_plugin.py."""

collect_ignore = ["tests"]
