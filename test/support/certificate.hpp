#pragma once

#include <filesystem>

namespace berth::test {

/// Makes cert.pem and key.pem in `dir`: of 127.0.0.1, vouched for by nobody.
void make_certificate(const std::filesystem::path& dir);

} // namespace berth::test
