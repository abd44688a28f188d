"""Google's Gemini. The only importer of google.genai."""
