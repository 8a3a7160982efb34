package dev.dewpoint.registry;

import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** What a reported deployment leaves beside the artifact: a small file, told from artifacts by its name. */
record ShipmentNote(String fileName, String sentence) {
    private static final String PREFIX = "shipped_to_";
    private static final DateTimeFormatter AT = DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss.nnnnnnnnn'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final int LONGEST_HOST = 100;

    static ShipmentNote of(Shipment shipment) {
        String host = word(shipment.host());
        String command = word(shipment.command());
        return new ShipmentNote(PREFIX + host + "_" + command + "_at_" + AT.format(shipment.at()) + ".txt",
                shipment.tag() + " was shipped to " + host + " by dewpoint " + command + " at " + shipment.at() + "\n");
    }

    static boolean isOne(String fileName) {
        return fileName.startsWith(PREFIX) && fileName.endsWith(".txt");
    }

    private static String word(String text) {
        String clean = text.replaceAll("[^0-9A-Za-z.-]", "-");
        return clean.substring(0, Math.min(clean.length(), LONGEST_HOST));
    }
}
