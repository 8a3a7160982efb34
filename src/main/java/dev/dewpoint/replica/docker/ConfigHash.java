package dev.dewpoint.replica.docker;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Run options as one keyed number. Every text goes in with its length, so that no two settings look alike. */
final class ConfigHash {
    private static final String ALGORITHM = "HmacSHA256";

    private final Mac mac;

    private ConfigHash(byte[] key) throws GeneralSecurityException {
        mac = Mac.getInstance(ALGORITHM);
        mac.init(new SecretKeySpec(key, ALGORITHM));
    }

    static String of(RunOptions options, byte[] key) {
        try {
            ConfigHash hash = new ConfigHash(key);
            hash.add(options);
            return HexFormat.of().formatHex(hash.mac.doFinal(), 0, 16);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(ALGORITHM + " is missing from this Java runtime", e);
        }
    }

    private void add(RunOptions options) {
        put("name", options.name());
        put("env", options.environment(), secret -> secret.value());
        put("label", options.labels(), Function.identity());
        RunOptions.Program program = options.program();
        put("program", List.of(program.entrypoint(), program.user(), program.directory(), program.hostname(), program.init(), program.stopSignal(), program.stopSeconds()));
        sorted("group", program.groups());
        RunOptions.Storage storage = options.storage();
        sorted("volume", storage.volumes());
        sorted("mount", storage.mounts().stream().map(mount -> List.of(mount.kind(), mount.source(), mount.target(), mount.readOnly(), new TreeMap<>(mount.options()))).toList());
        put("tmpfs", storage.tmpfs(), Function.identity());
        put("storage", List.of(storage.readOnly(), storage.sharedBytes()));
        RunOptions.Resources resources = options.resources();
        put("resources", List.of(resources.nanoCpus(), resources.memoryBytes(), resources.swapBytes(), resources.processes(), resources.oomScore(), resources.gpus()));
        put("ulimit", resources.limits(), RunOptions.Limit::toString);
        put("sysctl", resources.kernel(), Function.identity());
        options.networking().networks().forEach(network -> {
            put("network", network.network());
            sorted("alias", network.aliases());
        });
        sorted("host", options.networking().hosts());
        put("dns", options.networking().nameservers());
        put("log", options.logging().driver());
        put("log-opt", options.logging().options(), Function.identity());
        put("health", options.healthcheck());
        RunOptions.Privileges privileges = options.privileges();
        put("privileged", privileges.privileged());
        put("namespace", privileges.namespaces(), Function.identity());
        sorted("device", privileges.devices());
        sorted("cap-add", privileges.capabilitiesAdded());
        sorted("cap-drop", privileges.capabilitiesDropped());
        sorted("security", privileges.security());
        put("volumes-from", privileges.volumesFrom());
    }

    private <T> void put(String what, Map<String, T> map, Function<T, String> text) {
        put(what, map.size());
        new TreeMap<>(map).forEach((name, value) -> {
            text(name);
            text(text.apply(value));
        });
    }

    private void sorted(String what, Collection<?> values) {
        put(what, values.size());
        values.stream().map(Object::toString).sorted().forEach(this::text);
    }

    private void put(String what, Object value) {
        text(what);
        switch (value) {
            case Optional<?> optional when optional.isEmpty() -> text("");
            case Optional<?> optional -> text("=" + optional.get());
            case List<?> list -> {
                text("" + list.size());
                list.forEach(item -> text(item.toString()));
            }
            case Object other -> text(other.toString());
        }
    }

    private void text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        mac.update(ByteBuffer.allocate(4).putInt(bytes.length).array());
        mac.update(bytes);
    }
}
