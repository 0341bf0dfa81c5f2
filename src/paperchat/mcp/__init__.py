"""The MCP server: tools, resources and prompts over one library, for assistants; `protocol_server` builds it.

Imports ``assistant`` and what is below it; ``cli`` serves it over standard input and output, ``server`` over HTTP.
"""
