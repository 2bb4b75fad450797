"""The four notices: safe to format; needs you; the cloud stands still; a drill or a night failed or was missed."""
