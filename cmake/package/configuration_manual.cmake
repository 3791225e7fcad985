# CONFIGURATION.md as a manual page of section 5: SOURCE -> TARGET, by LOWDOWN.
file(READ ${SOURCE} text)
string(REGEX REPLACE "^# [^\n]*\n" "## NAME\n\nportcullis.toml - the configuration of portcullis(1)\n\n## DESCRIPTION\n" text "${text}")
string(REPLACE "\n### " "\n#### " text "${text}")
string(REPLACE "\n## " "\n# " text "\n${text}")
string(REPLACE "\n#### " "\n## " text "${text}")
# lowdown wants an empty line before a list.
string(REGEX REPLACE "(\n[^\n -][^\n]*\n)- " "\\1\n- " text "${text}")
file(WRITE ${TARGET}.md "${text}\n# SEE ALSO\n\nportcullis(1)\n")
execute_process(COMMAND ${LOWDOWN} -s -Tman --parse-no-intraemph -M title=PORTCULLIS.TOML -M section=5 -M "source=Portcullis ${VERSION}"
                        -M volume=Configuration ${TARGET}.md
                OUTPUT_FILE ${TARGET} COMMAND_ERROR_IS_FATAL ANY)
