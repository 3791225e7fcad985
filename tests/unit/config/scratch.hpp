// A folder for one test's files, removed with it.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <sys/stat.h>

namespace portcullis::config {

class scratch_folder {
public:
    scratch_folder() {
        auto name = (std::filesystem::temp_directory_path() / "portcullis-config-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
        path_ = name;
    }
    scratch_folder(const scratch_folder&) = delete;
    scratch_folder& operator=(const scratch_folder&) = delete;
    ~scratch_folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

    std::filesystem::path write(const std::string& name, const std::string& content, mode_t mode = 0600) const {
        auto file = path_ / name;
        std::filesystem::remove(file);
        std::ofstream(file, std::ios::binary) << content;
        if (::chmod(file.c_str(), mode) != 0) throw std::runtime_error("chmod");
        return file;
    }

private:
    std::filesystem::path path_;
};

}  // namespace portcullis::config
