# `cmake --install`: the program, its manual pages, completion, unit and configuration, where GNUInstallDirs says.
include(GNUInstallDirs)
set(package_files ${PROJECT_SOURCE_DIR}/cmake/package)
set(docdir ${CMAKE_INSTALL_DATAROOTDIR}/doc/${PROJECT_NAME})

install(TARGETS portcullis RUNTIME)
install(FILES ${package_files}/portcullis.bash RENAME portcullis
        DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/bash-completion/completions)
install(FILES README.md CONFIGURATION.md ${package_files}/copyright DESTINATION ${docdir})
install(FILES portcullis.toml ${package_files}/portcullis.socket ${package_files}/takeover.conf
        DESTINATION ${docdir}/examples)

# compressed(NAME SOURCE): SOURCE as build/manual/NAME.gz, the same bytes every time.
function(compressed name source)
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/manual)
  execute_process(COMMAND gzip -9n INPUT_FILE ${source} OUTPUT_FILE ${CMAKE_BINARY_DIR}/manual/${name}.gz
                  COMMAND_ERROR_IS_FATAL ANY)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
endfunction()

compressed(portcullis.1 ${package_files}/portcullis.1)
compressed(changelog ${package_files}/changelog)
install(FILES ${CMAKE_BINARY_DIR}/manual/portcullis.1.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${CMAKE_BINARY_DIR}/manual/changelog.gz DESTINATION ${docdir})

# The configuration's manual is CONFIGURATION.md.
find_program(LOWDOWN lowdown)
if(LOWDOWN)
  set(manual ${CMAKE_BINARY_DIR}/portcullis.toml.5)
  execute_process(COMMAND ${CMAKE_COMMAND} -DLOWDOWN=${LOWDOWN} -DVERSION=${PROJECT_VERSION}
                          -DSOURCE=${PROJECT_SOURCE_DIR}/CONFIGURATION.md -DTARGET=${manual}
                          -P ${package_files}/configuration_manual.cmake COMMAND_ERROR_IS_FATAL ANY)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/CONFIGURATION.md)
  compressed(portcullis.toml.5 ${manual})
  install(FILES ${CMAKE_BINARY_DIR}/manual/portcullis.toml.5.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man5)
else()
  message(STATUS "no lowdown: portcullis.toml(5) will not be installed; CONFIGURATION.md says the same")
endif()

# What names the places of the installation is written when these are known: `cmake --install` takes another --prefix.
install(CODE "set(package_files \"${package_files}\")
set(bindir \"${CMAKE_INSTALL_BINDIR}\")
set(example \"${PROJECT_SOURCE_DIR}/portcullis.toml\")")
install(SCRIPT ${package_files}/placed.cmake)
