import java.util.List;

/** Run by the JDK that the build has found; tells the script which one that is. */
void main(String[] arguments) throws Exception {
    ProcessBuilder script = new ProcessBuilder(List.of("bash", "src/main/dist/build.sh", arguments[0])).inheritIO();
    script.environment().put("JAVA_HOME", System.getProperty("java.home"));
    System.exit(script.start().waitFor());
}
