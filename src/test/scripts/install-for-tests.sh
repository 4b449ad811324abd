#!/usr/bin/env bash
# Installs what some tests are skipped without: Chromium and its driver for the console's, libfaketime for the one with clocks
# that jump; with --images what the screenshots need besides.
# On Debian and its kin, as root. Elsewhere put `chromium` and `chromedriver` of one version on the PATH.
set -euo pipefail
packages=(chromium chromium-driver libfaketime)
if [ "${1:-}" = --images ]; then
  packages+=(fonts-inter pngquant optipng)
fi
apt-get update -q
DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${packages[@]}"
chromedriver --version
