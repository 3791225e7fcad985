# cmake -DTARGET=FILE.cpp -DSOURCES=FILE,FILE,... -P embed.cmake: the files as page_files() of page.hpp, by their names.
# A string literal of C++ has no upper bound but the compiler's own, which is beyond these sizes for GCC and Clang.
string(REPLACE "," ";" files "${SOURCES}")
set(table "")
foreach(file IN LISTS files)
  get_filename_component(name ${file} NAME)
  string(REPLACE "chart.min.js" "chart.js" name ${name})
  file(SHA256 ${file} hash)
  string(SUBSTRING ${hash} 0 16 hash)
  file(READ ${file} text)
  string(APPEND table "    {\"${name}\", \"\\\"${hash}\\\"\", R\"=embed=(${text})=embed=\"},\n")
endforeach()
file(WRITE ${TARGET} "#include \"proxy/admin/page.hpp\"

namespace portcullis::admin {
namespace {

constexpr page_file files[] = {
${table}};

}  // namespace

std::span<const page_file> page_files() {
    return files;
}

}  // namespace portcullis::admin
")
