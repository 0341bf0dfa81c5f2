#!/usr/bin/env bash
# Tests of the chat window drive Debian's Chromium; it is installed where it is missing and root may do so.
set -euo pipefail
if command -v chromium >/dev/null; then exit 0; fi
if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
  echo "The tests of the chat window need chromium: install it (Debian: apt-get install chromium) and run this again." >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get install --yes --quiet=2 chromium || { apt-get update --quiet=2 && apt-get install --yes --quiet=2 chromium; }
