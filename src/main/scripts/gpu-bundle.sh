#!/bin/sh
# Makes target/gpu-check.tar.gz: the command gpu-check for a machine with a CUDA card but without a JDK or a network. It has a
# run-time image of this machine's JDK, the few jars that the command needs and, where they are at hand, the public data sets.
#
#   src/main/scripts/gpu-bundle.sh [FOLDER_WITH_DATA_SETS]        by default ../shared/data
set -eu
cd "$(dirname "$0")/../../.."
data=${1:-../shared/data}
jdk=${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")}
bundle=target/gpu-check
rm -rf "$bundle" "$bundle.tar.gz"
mkdir -p "$bundle/lib"

./mvnw -q -B -ntp compile dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$bundle/lib" \
    -DincludeArtifactIds=cuda,javacpp,picocli,jackson-core,jackson-databind,jackson-annotations,commons-csv,commons-io,commons-codec
"$jdk/bin/jar" --create --file "$bundle/lib/wholecart.jar" -C target/classes io

"$jdk/bin/jlink" --add-modules java.base,java.logging,java.sql,jdk.unsupported,jdk.incubator.vector \
    --strip-debug --no-header-files --no-man-pages --compress 2 --output "$bundle/runtime" 2> target/jlink.log \
    || { cat target/jlink.log; exit 1; }

for set in taobao tmall; do
    [ -d "$data/$set" ] && mkdir -p "$bundle/data" && cp -r "$data/$set" "$bundle/data/" && chmod -R u+w "$bundle/data"
done

cat > "$bundle/gpu-check" << 'EOF'
#!/bin/sh
here=$(cd "$(dirname "$0")" && pwd)
exec "$here/runtime/bin/java" --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED \
    -Dorg.bytedeco.javacpp.cachedir="${TMPDIR:-/tmp}/wholecart-gpu-check" \
    -cp "$here/lib/*" io.wholecart.commandline.GpuCheckCommand "$@"
EOF
chmod +x "$bundle/gpu-check"
tar -czf "$bundle.tar.gz" -C target gpu-check
ls -lh "$bundle.tar.gz"
