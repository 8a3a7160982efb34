#!/bin/bash
# Runs the command given and ends with the counts of all tests that ran.
rm -rf target/surefire-reports target/failsafe-reports
"$@"
status=$?
awk '
    /<testsuite / {
        match($0, /tests="[0-9]+"/);    tests   += substr($0, RSTART + 7, RLENGTH - 8)
        match($0, /errors="[0-9]+"/);   failed  += substr($0, RSTART + 8, RLENGTH - 9)
        match($0, /failures="[0-9]+"/); failed  += substr($0, RSTART + 10, RLENGTH - 11)
        match($0, /skipped="[0-9]+"/);  skipped += substr($0, RSTART + 9, RLENGTH - 10)
    }
    END { printf "%d passed, %d failed, %d skipped\n", tests - failed - skipped, failed, skipped }
' $(find target/surefire-reports target/failsafe-reports -name 'TEST-*.xml' 2>/dev/null) /dev/null
exit $status
