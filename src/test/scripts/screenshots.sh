#!/usr/bin/env bash
# Makes docs/images anew: every view of the console over the demo shop, light and dark, wide and narrow.
# Takes some minutes; first: src/test/scripts/install-for-tests.sh --images
set -euo pipefail
cd "$(dirname "$0")/../../.."
folder=docs/images
mkdir -p "$folder"
./mvnw -q -B -ntp test-compile surefire:test@default-test -Dtest=ConsoleScreenshots -Dwholecart.screenshots="$folder"
pngquant --force --ext .png --quality 70-95 --speed 1 "$folder"/*.png
optipng -quiet -o2 "$folder"/*.png
du -ch "$folder"/*.png | tail -1
