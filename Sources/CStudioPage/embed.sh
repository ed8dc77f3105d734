#!/bin/bash
# Writes the digest of the page's files into CStudioPage.c, so that the next build embeds them anew.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
digest=$(cd page && LC_ALL=C ls | LC_ALL=C sort | xargs cat | sha256sum | cut -d' ' -f1)
sed -i "s|^// SHA-256 of all, one after the other by name: .*|// SHA-256 of all, one after the other by name: $digest|" CStudioPage.c
