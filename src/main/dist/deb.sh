#!/bin/bash
# Makes a Debian package of the distribution in $1/dewpoint; prints its name. The same distribution makes the same bytes.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=$1
dist=$target/dewpoint
command -v dpkg-deb >/dev/null || { echo "make deb needs dpkg-deb (Debian: apt-get install dpkg)" >&2; exit 1; }
read -r version date < <("$dist/bin/dewpoint" --version | sed -E 's/.* version (\S+) \[[^,]*, ([^]]*)\]/\1 \2/')
[ "$date" != unknown ] || date=1970-01-01
architecture=$(dpkg --print-architecture)
SOURCE_DATE_EPOCH=$(stat -c %Y "$dist/lib/dewpoint.jar")
export SOURCE_DATE_EPOCH
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
root=$stage/root
papers=$stage/papers

mkdir -p "$root/usr/lib" "$root/usr/bin" "$root/usr/share/man/man1" "$root/usr/share/doc/dewpoint" "$root/usr/share/bash-completion/completions" "$root/usr/share/zsh/vendor-completions" \
    "$root/usr/share/fish/vendor_completions.d" "$root/lib/systemd/system" "$root/etc/dewpoint" "$root/DEBIAN"
cp -a "$dist" "$root/usr/lib/dewpoint"
ln -s ../lib/dewpoint/bin/dewpoint "$root/usr/bin/dewpoint"

"$dist/runtime/bin/java" -cp "$dist/lib/*" dev.dewpoint.cli.Papers "$papers" "$version" "$date"
for page in "$papers"/*.1; do gzip -9nc "$page" > "$root/usr/share/man/man1/$(basename "$page").gz"; done
cp "$papers/dewpoint.bash" "$root/usr/share/bash-completion/completions/dewpoint"
cp "$papers/_dewpoint" "$root/usr/share/zsh/vendor-completions/"
cp "$papers/dewpoint.fish" "$root/usr/share/fish/vendor_completions.d/"

for unit in "$dist"/docs/systemd/*.service; do sed 's#/opt/dewpoint#/usr/lib/dewpoint#g' "$unit" > "$root/lib/systemd/system/$(basename "$unit")"; done
cp "$here/deb/proxy.env" "$root/etc/dewpoint/"
cp "$dist/LICENSE" "$root/usr/share/doc/dewpoint/copyright"
ln -s ../../../lib/dewpoint/docs "$root/usr/share/doc/dewpoint/docs"
printf 'dewpoint (%s) unstable; urgency=low\n\n  * As built.\n\n -- The Dewpoint authors <dewpoint@example.com>  %s\n' "$version" "$(date -u -R -d "@$SOURCE_DATE_EPOCH")" | gzip -9nc > "$root/usr/share/doc/dewpoint/changelog.gz"

sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$architecture/" -e "s/@SIZE@/$(du -sk --apparent-size "$root/usr" | cut -f1)/" "$here/deb/control" > "$root/DEBIAN/control"
(cd "$root" && find etc -type f | sort | sed 's#^#/#') > "$root/DEBIAN/conffiles"
install -m 0755 "$here/deb/postinst" "$here/deb/prerm" "$here/deb/postrm" "$root/DEBIAN/"
(cd "$root" && find usr lib -type f | LC_ALL=C sort | xargs -d '\n' md5sum) > "$root/DEBIAN/md5sums"
chmod -R u=rwX,go=rX "$root"
find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +

package=$target/dewpoint_${version}_$architecture.deb
# an AOT cache is hardly smaller when it is compressed well, only slower
dpkg-deb --root-owner-group --uniform-compression "-Z${DEB_COMPRESSION:-gzip}" -z1 --build "$root" "$package" >/dev/null
echo "$package"
