#pragma once

#include "model/error.hpp"
#include "sys/fd.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::sys {

/// One rtnetlink request: a header of type T, then attributes.
class netlink_message {
public:
  /// `flags` beside NLM_F_REQUEST and, unless it is a dump, NLM_F_ACK.
  template <class T>
  netlink_message(uint16_t type, uint16_t flags, const T& header)
    : netlink_message(type, flags, &header, sizeof(header)) {}

  netlink_message& add(uint16_t attribute, std::string_view bytes);
  netlink_message& add_string(uint16_t attribute, const std::string& text);
  netlink_message& add_u8(uint16_t attribute, uint8_t value);
  netlink_message& add_u32(uint16_t attribute, uint32_t value);

  /// Everything up to the matching `close` lies inside `attribute`.
  netlink_message& open(uint16_t attribute);
  netlink_message& close();

  /// A nested fixed-size header, without an attribute of its own.
  netlink_message& append(const void* bytes, size_t size);

  /// The finished request.
  const std::vector<char>& bytes(uint32_t sequence);

private:
  netlink_message(uint16_t type, uint16_t flags, const void* header,
                  size_t size);

  std::vector<char> buffer_;
  std::vector<size_t> open_;
};

/// A socket that asks one network namespace about its links.
class netlink {
public:
  /// In the caller's network namespace.
  static result<netlink> open();

  /// In another one, wherever the caller is.
  static result<netlink> open_in(const fd& netns);

  /// Sends a request and waits for the kernel's verdict. `subject` names what
  /// it is about in an error.
  result<void> request(netlink_message, const char* call,
                       const std::string& subject);

  /// As above; each answer's payload (its header and attributes) is shown to
  /// `on_answer`.
  result<void> request(netlink_message, const char* call,
                       const std::string& subject,
                       const std::function<void(std::string_view)>& on_answer);

private:
  explicit netlink(fd socket) : socket_(std::move(socket)) {}

  fd socket_;
  uint32_t sequence_ = 0;
};

/// The value of attribute `wanted` behind a payload's fixed header; empty if
/// it has none.
std::string_view netlink_attribute(std::string_view payload, size_t header_size,
                                   uint16_t wanted);

} // namespace berth::sys
