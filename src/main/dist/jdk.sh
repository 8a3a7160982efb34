#!/bin/bash
# One clear line if there is no JDK 25 for the build to find. With --print: where it is.
for home in "${JAVA_HOME:-}" /usr/lib/jvm/* /opt/jdk* "$HOME"/.sdkman/candidates/java/*; do
    [ -f "$home/release" ] && grep -q '^JAVA_VERSION="25' "$home/release" && [ -x "$home/bin/javac" ] && { [ "${1:-}" != --print ] || echo "$home"; exit 0; }
done
echo "No JDK 25 is installed (looked at JAVA_HOME, /usr/lib/jvm, /opt/jdk*, ~/.sdkman). Install one, such as Temurin 25, and run this again." >&2
exit 1
