#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>

namespace berth::s3 {

/// The two halves of what a store knows us by.
struct access_key {
  std::string id;
  std::string secret;
};

/// A request as it is signed (AWS Signature Version 4, service "s3").
struct signable {
  std::string method;
  std::string path;  ///< encoded
  std::string query; ///< encoded, sorted by name, every name with a `=`
  /// With lower-case names; `host`, `x-amz-date` and `x-amz-content-sha256`
  /// are among them.
  std::map<std::string, std::string> headers;
};

/// The value of the header `authorization`. libcurl 7.88 can sign too, but
/// only with the time of this machine: a date of ours it sends twice, which
/// stores refuse.
std::string authorization(const signable&, const access_key&,
                          const std::string& region);

/// Such as "20260301T120000Z", for `x-amz-date`.
std::string basic_time(std::chrono::system_clock::time_point);

} // namespace berth::s3
