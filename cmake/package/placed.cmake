# At installation: the unit and the configuration, with the paths of CMAKE_INSTALL_PREFIX in them.
# A configuration that is there is somebody's work and stays.
if(CMAKE_INSTALL_PREFIX MATCHES "^/usr/?$")
  set(sysconfdir /etc)
else()
  set(sysconfdir ${CMAKE_INSTALL_PREFIX}/etc)
endif()
cmake_path(ABSOLUTE_PATH bindir BASE_DIRECTORY ${CMAKE_INSTALL_PREFIX} NORMALIZE)

function(place template target)
  set(file $ENV{DESTDIR}${target})
  message(STATUS "Installing: ${file}")
  configure_file(${template} ${file} @ONLY FILE_PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
endfunction()

place(${package_files}/portcullis.service.in ${CMAKE_INSTALL_PREFIX}/lib/systemd/system/portcullis.service)
if(EXISTS $ENV{DESTDIR}${sysconfdir}/portcullis/portcullis.toml)
  message(STATUS "Kept: $ENV{DESTDIR}${sysconfdir}/portcullis/portcullis.toml")
else()
  # Behind its own head: that of the repository speaks to somebody who stands in its folder.
  file(READ ${example} settings)
  string(FIND "${settings}" "\n[gate]" body)
  string(SUBSTRING "${settings}" ${body} -1 settings)
  place(${package_files}/portcullis.toml.in ${sysconfdir}/portcullis/portcullis.toml)
endif()
