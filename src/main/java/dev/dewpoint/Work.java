package dev.dewpoint;

import dev.dewpoint.config.ContainerSettings;
import dev.dewpoint.config.ServerSettings;
import dev.dewpoint.config.Settings;

/** What an agent keeps up to date. */
sealed interface Work {
    Settings common();

    /** As people and records name it. */
    String kind();

    /** Files, for others to serve. */
    record Assets(Settings common) implements Work {
        @Override
        public String kind() {
            return "assets";
        }
    }

    record Containers(ContainerSettings settings) implements Work {
        @Override
        public Settings common() {
            return settings.common();
        }

        @Override
        public String kind() {
            return "container";
        }
    }

    record Processes(ServerSettings settings) implements Work {
        @Override
        public Settings common() {
            return settings.common();
        }

        @Override
        public String kind() {
            return "server";
        }
    }
}
