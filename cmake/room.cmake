# portcullis_room(NAME [DEPENDS target...]): one library from every .cpp of the current folder.
# The link graph is the layering of the house: a room that does not name another cannot use it.
function(portcullis_room name)
  cmake_parse_arguments(room "" "" "DEPENDS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  add_library(portcullis_${name} STATIC ${sources})
  target_include_directories(portcullis_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(portcullis_${name} PUBLIC portcullis_boost ${room_DEPENDS})
endfunction()
