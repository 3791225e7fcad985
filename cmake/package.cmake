# The Debian package, by CPack, of what `cmake --install` installs. `./dev package` makes it.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME ${PROJECT_NAME})
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "Portcullis maintainers <maintainers@portcullis.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "TLS gate in front of MySQL-protocol clusters")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
    "Clients speak the MySQL handshake to it and are upgraded to TLS. It decides who
may pass, by TLS versions per listener and REQUIRE rules per user@host, and
relays what passes to MariaDB, MySQL or SingleStore aggregators over mutual
TLS. It keeps and needs no password.")
set(CPACK_DEBIAN_PACKAGE_SECTION database)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS adduser)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${package_files}/conffiles ${package_files}/postinst ${package_files}/prerm ${package_files}/postrm)

# Under a root of its own, with the places that the unit and the configuration name: /usr, /etc.
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
include(CPack)
