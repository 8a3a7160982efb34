import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/**
 * The AOT cache takes no class older than Java 6, and such a class is verified at each start, slowly. In the jars given,
 * those that are older get today's form: a new version number and the stack maps that come with it. And none stays sealed:
 * a cache remembers where its jars were, and where that place isn't there any more, a sealed package would seem to come from
 * two of them, and the program would not start. Nothing else changes.
 */
void main(String[] jars) throws IOException {
    for (String jar : jars) {
        renew(Path.of(jar));
    }
}

static final Pattern SEALED = Pattern.compile("(?im)^Sealed: *true\\R");
static final int FIRST_WITH_STACK_MAPS = ClassFile.JAVA_6_VERSION;

private void renew(Path jar) throws IOException {
    Map<String, byte[]> files = new LinkedHashMap<>();
    Map<String, ZipEntry> entries = new LinkedHashMap<>();
    try (ZipInputStream in = new ZipInputStream(Files.newInputStream(jar))) {
        for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
            files.put(entry.getName(), in.readAllBytes());
            entries.put(entry.getName(), entry);
        }
    }
    boolean signed = files.keySet().stream().anyMatch(name -> name.matches("META-INF/[^/]*\\.SF"));
    if (signed || files.entrySet().stream().noneMatch(file -> isOld(file) || isSealed(file))) {
        return;
    }
    ClassHierarchyResolver others = ClassHierarchyResolver.ofResourceParsing(type -> {
        byte[] found = files.get(type.descriptorString().replaceAll("^L|;$", "") + ".class");
        return found == null ? InputStream.nullInputStream() : new ByteArrayInputStream(found);
    });
    ClassFile form = ClassFile.of(ClassFile.StackMapsOption.GENERATE_STACK_MAPS, ClassFile.ClassHierarchyResolverOption.of(ClassHierarchyResolver.defaultResolver().orElse(others)));
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(jar))) {
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            ZipEntry entry = new ZipEntry(file.getKey());
            entry.setTime(entries.get(file.getKey()).getTime());
            out.putNextEntry(entry);
            out.write(isOld(file) ? renewed(form, file.getValue()) : isSealed(file) ? unsealed(file.getValue()) : file.getValue());
        }
    }
}

private boolean isOld(Map.Entry<String, byte[]> file) {
    byte[] bytes = file.getValue();
    return file.getKey().endsWith(".class") && ((bytes[6] & 0xff) << 8 | bytes[7] & 0xff) < FIRST_WITH_STACK_MAPS;
}

private boolean isSealed(Map.Entry<String, byte[]> file) {
    return file.getKey().equals("META-INF/MANIFEST.MF") && SEALED.matcher(new String(file.getValue(), StandardCharsets.UTF_8)).find();
}

private byte[] unsealed(byte[] manifest) {
    return SEALED.matcher(new String(manifest, StandardCharsets.UTF_8)).replaceAll("").getBytes(StandardCharsets.UTF_8);
}

private byte[] renewed(ClassFile form, byte[] bytes) {
    ClassTransform version = (builder, part) -> builder.with(part instanceof ClassFileVersion ? ClassFileVersion.of(ClassFile.JAVA_8_VERSION, 0) : part);
    return form.transformClass(form.parse(bytes), version.andThen(ClassTransform.transformingMethodBodies((code, part) -> code.with(part))));
}
