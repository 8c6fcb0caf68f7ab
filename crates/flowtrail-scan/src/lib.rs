//! One call from the bytes of one object to findings; the only place that names all formats.
