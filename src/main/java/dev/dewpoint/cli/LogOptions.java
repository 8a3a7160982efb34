package dev.dewpoint.cli;

import picocli.CommandLine.Option;

/** What every command that goes on running ends its help with. */
final class LogOptions {
    @Option(names = {"-l", "--log-level"}, paramLabel = "LEVEL", description = "debug, info, warn or error. Default: info.")
    String logLevel;

    @Option(names = "--log-format", paramLabel = "FORMAT", description = "text or json. Default: text.")
    String logFormat;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help.")
    boolean help;
}
